// What a browser does to the server, without one: cookies, the header of our pages, and sockets with an Origin.
import { WebSocket } from 'ws';

// Tests look into answers freely; where the form matters they parse by the contract's schemas.
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = any;

export interface Answer { status: number; headers: Headers; body: Loose; text: string }

export class TestBrowser {
  readonly url: string;
  readonly cookies = new Map<string, string>();

  constructor(url: string) {
    this.url = url;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('GET', path, { headers });
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.request('POST', path, body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  delete(path: string): Promise<Answer> {
    return this.request('DELETE', path, {});
  }

  /** Any request; an empty header value leaves that header out. */
  async request(method: string, path: string, { body, headers = {} }: { body?: string | Uint8Array; headers?: Record<string, string> }): Promise<Answer> {
    const sent = { 'x-patchbay-request': '1', origin: this.url, cookie: this.cookieHeader, ...headers };
    const response = await fetch(`${this.url}${path}`, {
      method, redirect: 'manual', ...(body !== undefined && { body: body as BodyInit }), headers: Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== '')),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(';')[0]!.split('=');
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: response.status, headers: response.headers, body: parsed, text };
  }

  /** Opens a socket; resolves once it is open or was refused. */
  async socket(path: string, { origin = this.url }: { origin?: string } = {}): Promise<TestSocket> {
    const websocket = new WebSocket(`${this.url.replace(/^http/, 'ws')}${path}`, { headers: { cookie: this.cookieHeader, ...(origin && { origin }) } });
    const socket = new TestSocket(websocket);
    await socket.untilTrue('an open socket', () => websocket.readyState === WebSocket.OPEN || socket.closed !== undefined || socket.refused !== undefined);
    return socket;
  }
}

export class TestSocket {
  readonly websocket: WebSocket;
  readonly messages: Loose[] = [];
  closed: { code: number } | undefined;
  /** The HTTP status that refused the upgrade. */
  refused: number | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(websocket: WebSocket) {
    this.websocket = websocket;
    websocket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      this.#wake();
    });
    websocket.on('unexpected-response', (request, response) => {
      this.refused = response.statusCode;
      request.destroy();
      this.#wake();
    });
    websocket.on('open', () => this.#wake());
    websocket.on('error', () => {});
    websocket.on('close', (code) => {
      this.closed = { code };
      this.#wake();
    });
  }

  send(message: unknown): void {
    this.websocket.send(JSON.stringify(message));
  }

  close(): void {
    this.websocket.close();
  }

  /** Everything that a terminal's socket drew. */
  get drawn(): string {
    return this.messages.map((message) => (message.type === 'output' || message.type === 'screen' ? message.data : '')).join('');
  }

  /** Resolves with the first message that fits, from `from` on; rejects after ten seconds. */
  async until(what: string, fits: (message: Loose) => boolean, from = 0): Promise<Loose> {
    await this.untilTrue(what, () => this.messages.slice(from).some(fits));
    return this.messages.slice(from).find(fits);
  }

  untilClosed(): Promise<void> {
    return this.untilTrue('the end', () => this.closed !== undefined);
  }

  untilTrue(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`still waiting for ${what}; got ${JSON.stringify(this.messages.slice(-5)).slice(0, 2000)}, closed ${JSON.stringify(this.closed)}`));
      }, 10_000);
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }
}
