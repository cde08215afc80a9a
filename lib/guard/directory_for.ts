import { nameInPaths } from "../harness/callers.ts";
import { type DirectoryRequest, type Environment, stateDirectory } from "../state/location.ts";

/** Where the state is that a guard is for, where its hook does not name it; undefined where nobody can tell. */
export function directoryFor(request: DirectoryRequest, env: Environment): string | undefined {
  return stateDirectory({ ...request, provider: nameInPaths(request.provider) }, env, Deno.cwd);
}
