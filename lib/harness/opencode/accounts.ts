import { DIRECTORY_NAME, stateDirectory } from "../../state/location.ts";
import type { HookProgram } from "../harness.ts";

/** Whose quota a request to one of OpenCode's providers uses, and what is called to look at it. */
export interface Account {
  /** Absolute path of the state directory. */
  readonly state: string;
  /** Arguments for `start`, behind its own. */
  readonly startArguments: readonly string[];
  /** Arguments for a guard. */
  readonly guardArguments: readonly string[];
}

/** OpenCode's provider whose logins are ChatGPT accounts, as Codex has them. */
export const CHATGPT = "openai";

/** OpenCode's provider whose logins are Claude's, and what codexbar calls that. */
const ANTHROPIC = { name: "anthropic", provider: "claude" };

/** Providers with accounts whose quota can be known. */
export const PROVIDERS: readonly string[] = [CHATGPT, ANTHROPIC.name];

/**
 * What the plugin looks at, by provider. A ChatGPT account's is the state that Codex has, so that one daemon
 * serves both; what the user has said of the state's place is for that.
 */
export function accountsFor(program: HookProgram): Record<string, Account> {
  const { startArguments, guardArguments, stateDirectory: named } = program;
  const withoutPlace = (args: readonly string[]) =>
    args.filter((arg) => !arg.startsWith("--state-dir"));
  const given = [...startArguments].find((arg) => arg.startsWith("--state-dir="));
  const usual = named ?? given?.slice("--state-dir=".length) ?? placeOf(undefined);
  const its = `--provider=${ANTHROPIC.provider}`;
  return {
    [CHATGPT]: {
      state: usual,
      startArguments: withoutPlace(startArguments),
      guardArguments: withoutPlace(guardArguments),
    },
    [ANTHROPIC.name]: {
      state: placeOf(ANTHROPIC.provider),
      startArguments: [...withoutPlace(startArguments), its],
      guardArguments: [...withoutPlace(guardArguments), its],
    },
  };
}

function placeOf(provider: string | undefined): string {
  return stateDirectory({ provider }, Deno.env.get, Deno.cwd) ?? `/nonexistent/${DIRECTORY_NAME}`;
}
