/** Options of {@linkcode exists}, as far as this project uses them. */
export interface ExistsOptions {
  isDirectory?: boolean;
  isFile?: boolean;
}

/** `exists` of `@std/fs`. */
export async function exists(path: string | URL, options?: ExistsOptions): Promise<boolean> {
  try {
    return is(await Deno.stat(path), options);
  } catch (error) {
    return whenMissing(error);
  }
}

/** `existsSync` of `@std/fs`. */
export function existsSync(path: string | URL, options?: ExistsOptions): boolean {
  try {
    return is(Deno.statSync(path), options);
  } catch (error) {
    return whenMissing(error);
  }
}

function is({ isDirectory, isFile }: Deno.FileInfo, options?: ExistsOptions): boolean {
  if (options?.isDirectory) return isDirectory;
  return options?.isFile ? isFile : true;
}

function whenMissing(error: unknown): false {
  if (error instanceof Deno.errors.NotFound) return false;
  throw error;
}
