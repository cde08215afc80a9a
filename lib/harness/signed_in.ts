/**
 * Who is signed in to a harness: somebody whose quota has windows; somebody who has none, such as with an
 * API key, so that nothing can run out and nothing is held; nobody; or it is not known.
 */
export type SignedIn = "with-quota" | "without-quota" | "nobody" | "unknown";
