import { basename } from "@std/path";
import { AppServer, AppServerError, CodexMissingError } from "../../codex/app_server.ts";
import type { HookReport, InstalledHook } from "../harness.ts";
import { HOOK_SCRIPT_NAME, hookScript } from "../hook_script.ts";
import { findOurHooks, HooksFileError } from "./hooks_file.ts";
import { readHooksFile, readIfThere, sessionDirectoryFor } from "./hooks_path.ts";
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
      ...await Promise.all(ours.map((hook) => installedHook(hook, expected))),
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
async function installedHook(
  hook: CodexHook,
  expected: readonly CodexHook[],
): Promise<InstalledHook> {
  const [handler] = hook.group.hooks;
  const called = shellWords(handler.command);
  const words = called && await behindScript(called);
  const isAsWritten = words !== undefined && expected.some(({ event, group }) => {
    const wanted = group.hooks[0];
    const fixed = shellWords(wanted.command)?.slice(1);
    return event === hook.event && group.matcher === hook.group.matcher &&
      hook.group.hooks.length === 1 && wanted.timeout === handler.timeout &&
      wanted.statusMessage === handler.statusMessage &&
      fixed?.every((word, index) => words[index + 1] === word);
  });
  return { event: hook.event, words, isAsWritten };
}

/** The program that a script of ours stands in front of; undefined when the script is another. */
async function behindScript([program = "", ...args]: string[]): Promise<string[] | undefined> {
  if (basename(program) !== HOOK_SCRIPT_NAME) return [program, ...args];
  const text = await readIfThere(program);
  const [, quoted = ""] = /^program=(.*)$/m.exec(text ?? "") ?? [];
  const [, state = ""] = /^state=(.*)$/m.exec(text ?? "") ?? [];
  const [behind] = shellWords(quoted) ?? [];
  const [directory] = shellWords(state) ?? [];
  const isOurs = behind !== undefined && directory !== undefined &&
    text === hookScript(behind, directory);
  return isOurs ? [behind, ...args] : undefined;
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
