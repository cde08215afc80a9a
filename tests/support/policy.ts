import { resolveSettings } from "../../lib/config/settings.ts";

/** The policy that applies where the user has said nothing. */
export const DEFAULT_POLICY = resolveSettings({}).settings.policy;
