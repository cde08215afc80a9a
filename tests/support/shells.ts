/** What may be `sh`: Debian's and macOS's, both of these, Alpine's, and that of who has linked his own. */
export const SHELLS = ["dash", "bash --posix", "busybox sh", "zsh --emulate sh"] as const;
