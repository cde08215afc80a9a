/**
 * Gives up the permission to write, for good. The binary is allowed to write below the directory that
 * it was started in, which for a hook or a user is any directory at all.
 */
export function dropWritePermission(): void {
  Deno.permissions.revokeSync({ name: "write" });
}
