// The newest raw output of one terminal, addressed by sequence number: UTF-16 code units since the shell began.

/** Holds at least `limit` code units once that many were written, and at most `limit` plus one chunk. */
export class Scrollback {
  readonly #limit: number;
  #chunks: string[] = [];
  #start = 0;
  #end = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Sequence number of the oldest code unit held. */
  get start(): number {
    return this.#start;
  }

  /** Sequence number after the newest code unit. */
  get end(): number {
    return this.#end;
  }

  append(data: string): void {
    this.#chunks.push(data);
    this.#end += data.length;
    while (this.#end - this.#start - this.#chunks[0]!.length >= this.#limit) this.#start += this.#chunks.shift()!.length;
  }

  /** At most `max` code units from `from` on; throws RangeError when `from` is not held. */
  read(from: number, max: number): string {
    if (from < this.#start || from > this.#end) throw new RangeError(`sequence ${from} is outside ${this.#start}..${this.#end}`);
    let at = this.#start;
    let text = '';
    for (const chunk of this.#chunks) {
      const next = at + chunk.length;
      if (next > from) text += chunk.slice(Math.max(0, from - at), Math.max(0, from - at) + max - text.length);
      if (text.length >= max) break;
      at = next;
    }
    return text;
  }
}
