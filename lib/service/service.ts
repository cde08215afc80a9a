/** What a service is made from. */
export interface ServiceRequest {
  /** The user's home, absolute. */
  readonly homeDirectory: string;
  /** Where settings are: `$XDG_CONFIG_HOME`, else `~/.config`. */
  readonly configDirectory: string;
  /** The program that it starts, absolute. */
  readonly program: string;
  /** What the program is to have in its environment: names and values. */
  readonly environment: readonly (readonly [string, string])[];
}

/** One file of a service. */
export interface ServiceFile {
  readonly path: string;
  readonly text: string;
}

/** What has the daemons started at login. */
export interface Service {
  /** What starts it. */
  readonly manager: string;
  /** A path that is there where the manager runs; undefined where it always does. */
  readonly managerIsAt: string | undefined;
  /** The first one says what is started; all must be there. */
  readonly files: readonly ServiceFile[];
  /** Directories that are of no use when they are empty, the innermost first. */
  readonly directories: readonly string[];
  /** The command that starts it without a new login. */
  readonly startNow: string;
  /** The command that has the manager forget it without a new login. */
  readonly stopNow: string;
  /** The program that the text of the first file starts; undefined where it does not say. */
  programIn(text: string): string | undefined;
}
