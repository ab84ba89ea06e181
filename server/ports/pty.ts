// What a terminal needs to know to start a shell.

/** A process to run on a pseudo-terminal of the host. */
export interface PtyOptions {
  file: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
}
