import { AppServer, AppServerError, CodexMissingError } from "../../codex/app_server.ts";
import type { HookReport, InstalledHook } from "../harness.ts";
import { findOurHooks, HooksFileError } from "./hooks_file.ts";
import { readHooksFile, sessionDirectoryFor } from "./hooks_path.ts";
import { type CodexHook, ourHooks } from "./our_hooks.ts";
import { shellWords } from "./shell_words.ts";
import { listHooks, matching } from "./trust.ts";

/** Tells which hooks of ours are in a hooks file, and whether Codex runs them. Changes nothing. */
export async function inspect(hooksPath: string): Promise<HookReport> {
  try {
    const file = await readHooksFile(hooksPath);
    const ours = findOurHooks(file.text ?? "");
    const expected = ourHooks({
      path: "",
      startArguments: [],
      guardArguments: [],
      stateOnlyArguments: [],
    });
    const missing = expected.filter(({ event }) => !ours.some((hook) => hook.event === event));
    const hooks = [
      ...ours.map((hook) => installedHook(hook, expected)),
      ...(ours.length === 0 ? [] : missing.map(({ event }) => ({
        event,
        words: undefined,
        isAsWritten: false,
      }))),
    ];
    return { kind: "read", hooks, trust: await trustOf(hooksPath, file.path, ours) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const about = error instanceof HooksFileError
      ? "the hooks file is not one that Codex reads: "
      : "";
    return { kind: "failed", message: `${about}${why}` };
  }
}

/** The same but for the program's path and the options that the user gave to `install-hook`. */
function installedHook(hook: CodexHook, expected: readonly CodexHook[]): InstalledHook {
  const [handler] = hook.group.hooks;
  const words = shellWords(handler.command);
  const isAsWritten = expected.some(({ event, group }) => {
    const wanted = group.hooks[0];
    const fixed = shellWords(wanted.command)?.slice(1);
    return event === hook.event && group.matcher === hook.group.matcher &&
      hook.group.hooks.length === 1 && wanted.timeout === handler.timeout &&
      wanted.statusMessage === handler.statusMessage &&
      fixed?.every((word, index) => words?.[index + 1] === word);
  });
  return { event: hook.event, words, isAsWritten };
}

async function trustOf(
  hooksPath: string,
  realPath: string,
  ours: readonly CodexHook[],
): Promise<"trusted" | "untrusted" | "unknown"> {
  try {
    await using server = await AppServer.start();
    const listed = await listHooks(server, realPath, await sessionDirectoryFor(hooksPath));
    const active = matching(listed, ours)
      .filter(({ enabled, trustStatus }) => enabled && trustStatus === "trusted");
    return active.length > 0 && active.length === ours.length ? "trusted" : "untrusted";
  } catch (error) {
    if (error instanceof CodexMissingError || error instanceof AppServerError) return "unknown";
    throw error;
  }
}
