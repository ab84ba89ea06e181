// Messages on a terminal's WebSocket: JSON text frames, one message each, both ways.
import { z } from 'zod';
import { MachineName, TerminalId } from './ids.ts';

export const TerminalView = z.object({ id: TerminalId, machine: MachineName, title: z.string(), running: z.boolean() });
export type TerminalView = z.infer<typeof TerminalView>;

/** POST /api/v1/terminals */
export const OpenTerminalInput = z.object({ machine: MachineName }).strict();

const Size = { cols: z.number().int().min(2).max(500), rows: z.number().int().min(1).max(300) };

/**
 * Browser to server. `open` is first: `since` is the sequence number that the browser has seen (characters of output since the
 * shell began), absent for a fresh view. `ack` tells how far output was drawn. `run` types a command only when the prompt is free.
 */
export const TerminalClientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), since: z.number().int().min(0).optional(), ...Size }),
  z.object({ type: z.literal('input'), data: z.string().max(65_536) }),
  z.object({ type: z.literal('resize'), ...Size }),
  z.object({ type: z.literal('ack'), seq: z.number().int().min(0) }),
  z.object({ type: z.literal('run'), id: z.string().max(64), command: z.string().max(16_384) }),
]);
export type TerminalClientMessage = z.infer<typeof TerminalClientMessage>;

/** Server to browser. `screen` replaces everything drawn so far; `output` follows on at `seq` (the number after its last character). */
export const TerminalServerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('screen'), seq: z.number().int(), data: z.string(), cols: z.number().int(), rows: z.number().int() }),
  z.object({ type: z.literal('output'), seq: z.number().int(), data: z.string() }),
  z.object({ type: z.literal('ran'), id: z.string(), accepted: z.boolean(), reason: z.string().optional() }),
  z.object({ type: z.literal('exit'), code: z.number().int().nullable() }),
]);
export type TerminalServerMessage = z.infer<typeof TerminalServerMessage>;

/** Numbered close codes of all our sockets. */
export const closeCodes = {
  notSignedIn: 4401, forbidden: 4403, notFound: 4404, badMessage: 4400, tooSlow: 4408, replaced: 4409, serverDraining: 4503,
} as const;
