// @ts-ignore: the package has no types.
import * as untyped from "deno-std/path/mod.js";

// `@std/path`, as far as this project uses it.
export const basename: (path: string, suffix?: string) => string = untyped.basename;
export const dirname: (path: string) => string = untyped.dirname;
export const fromFileUrl: (url: string | URL) => string = untyped.fromFileUrl;
export const isAbsolute: (path: string) => boolean = untyped.isAbsolute;
export const join: (...paths: string[]) => string = untyped.join;
export const relative: (from: string, to: string) => string = untyped.relative;
export const resolve: (...segments: string[]) => string = untyped.resolve;
