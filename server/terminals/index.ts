// Everything that other rooms may use of terminals.
export * from './errors.ts';
export { connectPtyHost, stopPtyHost, type PtyHostOptions } from './hostClient.ts';
export { createTerminals } from './inProcess.ts';
export type { Pty, PtySize, SpawnPty } from './pty.ts';
export type { Attachment, AttachOptions, OpenTerminal, TerminalInfo, Terminals, Viewer } from './terminals.ts';
