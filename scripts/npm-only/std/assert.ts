// @ts-ignore: the package has no types.
import * as untyped from "deno-std/assert/mod.js";

// deno-lint-ignore no-explicit-any
type ErrorClass<E> = abstract new (...args: any[]) => E;

// `@std/assert`, as far as this project uses it.
export const assert: (condition: unknown, message?: string) => asserts condition = untyped.assert;
export const assertEquals: <T>(actual: T, expected: T, message?: string) => void =
  untyped.assertEquals;
export const assertExists: <T>(
  actual: T,
  message?: string,
) => asserts actual is NonNullable<T> = untyped.assertExists;
export const assertFalse: (condition: unknown, message?: string) => asserts condition is false =
  untyped.assertFalse;
export const assertGreater: <T>(actual: T, expected: T, message?: string) => void =
  untyped.assertGreater;
export const assertGreaterOrEqual: <T>(actual: T, expected: T, message?: string) => void =
  untyped.assertGreaterOrEqual;
export const assertLess: <T>(actual: T, expected: T, message?: string) => void = untyped.assertLess;
export const assertLessOrEqual: <T>(actual: T, expected: T, message?: string) => void =
  untyped.assertLessOrEqual;
export const assertMatch: (actual: string, expected: RegExp, message?: string) => void =
  untyped.assertMatch;
export const assertNotEquals: <T>(actual: T, expected: T, message?: string) => void =
  untyped.assertNotEquals;
export const assertObjectMatch: (
  // deno-lint-ignore no-explicit-any
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
) => void = untyped.assertObjectMatch;
export const assertRejects: <E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  messageIncludes?: string,
) => Promise<E> = untyped.assertRejects;
export const assertStringIncludes: (actual: string, expected: string, message?: string) => void =
  untyped.assertStringIncludes;
export const assertThrows: <E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  messageIncludes?: string,
) => E = untyped.assertThrows;
