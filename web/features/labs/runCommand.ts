// How the lab text asks for a command to be run; the app joins it to the terminals.

/** Runs `command` on `machine`. `focus` moves the keyboard there; `fresh` takes a new shell. */
export type RunCommand = (machine: string, command: string, options: { focus: boolean; fresh: boolean }) => Promise<{ accepted: boolean; reason?: string }>;
