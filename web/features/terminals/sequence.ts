// Which part of a terminal's output is new: by sequence numbers, so that nothing is drawn twice and no hole goes unnoticed.

/** `draw` is what to write now; `gap` says that output is missing and a fresh screen must be asked for. */
export interface SequenceStep {
  seq: number;
  draw: string;
  gap: boolean;
}

/** What an `output` message that ends at `seq` adds to a view that has drawn up to `have`. */
export const takeOutput = (have: number, seq: number, data: string): SequenceStep => {
  const from = seq - data.length;
  if (from > have) return { seq: have, draw: '', gap: true };
  if (seq <= have) return { seq: have, draw: '', gap: false };
  return { seq, draw: data.slice(have - from), gap: false };
};

/** A message to the server holds at most 65,536 characters: a long paste goes in pieces, never between the halves of a surrogate pair. */
export const inputPieces = (data: string, limit = 32_768): string[] => {
  const pieces: string[] = [];
  for (let from = 0; from < data.length;) {
    let to = Math.min(data.length, from + limit);
    const last = data.charCodeAt(to - 1);
    if (to < data.length && last >= 0xd800 && last <= 0xdbff) to -= 1;
    pieces.push(data.slice(from, to));
    from = to;
  }
  return pieces;
};
