/**
 * Variables of the dynamic linker. Deno refuses to start a child that inherits one of them under a
 * scoped `--allow-run`, since they can load foreign code into it; empty ones pass, and do nothing.
 * Which are set cannot be asked under a scoped `--allow-env`, so those that people set are emptied:
 * not all, because some (`LD_TRACE_LOADED_OBJECTS`, `LD_SHOW_AUXV`) act by merely being there.
 */
const LINKER_VARIABLES = [
  "LD_AUDIT",
  "LD_BIND_NOW",
  "LD_DEBUG",
  "LD_LIBRARY_PATH",
  "LD_ORIGIN_PATH",
  "LD_PRELOAD",
  "LD_PROFILE",
  "LD_RUN_PATH",
  "DYLD_FALLBACK_FRAMEWORK_PATH",
  "DYLD_FALLBACK_LIBRARY_PATH",
  "DYLD_FRAMEWORK_PATH",
  "DYLD_INSERT_LIBRARIES",
  "DYLD_LIBRARY_PATH",
  "DYLD_ROOT_PATH",
];

/** What every child process gets on top of our own environment. */
export const CHILD_ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries(
  LINKER_VARIABLES.map((name) => [name, ""]),
);
