import { launchdService } from "./launchd.ts";
import type { Service, ServiceRequest } from "./service.ts";
import { systemdService } from "./systemd.ts";

/**
 * The service for a system: the one place that knows which has which.
 *
 * @param os As `SYSTEM.name` has it.
 * @returns undefined for a system without one that is known here.
 * @throws When a path or a variable has a line break, which no such file can hold.
 */
export async function serviceFor(
  os: string,
  request: ServiceRequest,
): Promise<Service | undefined> {
  const texts = [request.program, ...request.environment.flat()];
  // deno-lint-ignore no-control-regex
  const wrong = texts.find((text) => /[\0-\x1f]/.test(text));
  if (wrong !== undefined) throw new Error(`no service can hold ${JSON.stringify(wrong)}`);
  switch (os) {
    case "linux":
      return await systemdService(request);
    case "darwin":
      return await launchdService(request);
    default:
      return undefined;
  }
}
