// A stand-in for the server that speaks the contract from a script: for screenshots and for tests of the pages alone.
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { JoinInput, LoginInput, QuizInput, requestHeader, routes, RunCheckInput, TerminalClientMessage, closeCodes } from '../../../server/contract/index.ts';
import type { BoardEvent, CheckState, ClusterView, LabState, Me, SessionEvent, TerminalServerMessage, TerminalView } from '../../../server/contract/index.ts';
import { labId, mockBoard, mockLab, mockLabState, mockSession, readyCluster, sessionId } from './mockWorkshop.ts';

export interface MockScene {
  role: 'visitor' | 'student' | 'instructor';
  cluster?: ClusterView;
  lab?: 'fresh' | 'mixed' | 'passed';
  phase?: LabState['phase'];
  students?: number;
  /** A workshop of fourteen labs on the board. */
  whole?: boolean;
  unmetNeeds?: string[];
}

export interface MockServer {
  url: string;
  /** Sends an event to every student's page. */
  tell(event: SessionEvent): void;
  tellBoard(event: BoardEvent): void;
  setCluster(cluster: ClusterView): void;
  setCheck(check: CheckState, passedSteps: string[]): void;
  /** Drops every socket, with a close code when given. */
  drop(code?: number): void;
  /** Everything typed into terminals so far. */
  typed(): string;
  close(): Promise<void>;
}

const csp = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const webFolder = join(import.meta.dirname, '../../../build/web');
const greeting = (machine: string): string => `\u001b[1mPatchbay\u001b[0m ${machine}. Your files are in \u001b[36m~/lab-02\u001b[0m.\r\n`;
const prompt = (machine: string): string => `\u001b[32mstudent@${machine}\u001b[0m:\u001b[34m~\u001b[0m$ `;

/** A fake shell: echoes, and knows a few commands. */
class FakeShell {
  readonly view: TerminalView;
  readonly sockets = new Set<WebSocket>();
  log = '';
  line = '';
  all = '';
  busy = false;
  constructor(view: TerminalView) {
    this.view = view;
    this.log = greeting(view.machine) + prompt(view.machine);
  }
  write(data: string): void {
    this.log += data;
    for (const socket of this.sockets) send(socket, { type: 'output', seq: this.log.length, data });
  }
  input(data: string): void {
    this.all += data;
    for (const key of data) {
      if (key === '\u0003') { this.busy = false; this.line = ''; this.write(`^C\r\n${prompt(this.view.machine)}`); }
      else if (key === '\r' || key === '\n') { const line = this.line; this.line = ''; this.write('\r\n'); this.execute(line); }
      else if (key === '\u007f') { if (this.line !== '') { this.line = this.line.slice(0, -1); this.write('\b \b'); } }
      else { this.line += key; this.write(key); }
    }
  }
  execute(line: string): void {
    if (line === 'exit') {
      this.view.running = false;
      for (const socket of this.sockets) send(socket, { type: 'exit', code: 0 });
      return;
    }
    if (line.startsWith('tail') || line.includes('--watch')) { this.busy = true; this.write('NAME   READY   STATUS    RESTARTS   AGE   IP           NODE\r\nweb    1/1     \u001b[32mRunning\u001b[0m   0          4s    10.244.1.7   worker\r\n'); return; }
    if (line.startsWith('curl')) this.write('served by \u001b[1mweb\u001b[0m\r\nfrom 10.244.1.1\r\nsee http://10.244.1.7/\r\n');
    else if (line.startsWith('kubectl apply')) this.write('pod/web \u001b[33mcreated\u001b[0m\r\n');
    else if (line === 'flood') for (let index = 0; index < 400; index += 1) this.write(`${index} ${'x'.repeat(60)}\r\n`);
    else if (line !== '') this.write(`you typed: ${line}\r\n`);
    this.write(prompt(this.view.machine));
  }
}

const send = (socket: WebSocket, message: TerminalServerMessage | SessionEvent | BoardEvent): void => { if (socket.readyState === 1) socket.send(JSON.stringify(message)); };

/** Starts on a free port of the loopback; serves build/web. */
export const startMockServer = async (scene: MockScene): Promise<MockServer> => {
  let role = scene.role;
  let cluster = scene.cluster ?? readyCluster;
  let lab: LabState = { ...mockLabState(scene.lab ?? 'fresh'), phase: scene.phase ?? 'open' };
  const shells = new Map<string, FakeShell>();
  const students = new Set<WebSocket>();
  const instructors = new Set<WebSocket>();
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    response.setHeader('content-security-policy', csp);
    if (request.method !== 'GET' && request.headers[requestHeader] === undefined) response.status(403).json({ type: 'about:blank', title: 'The request header is missing.', status: 403, code: 'forbidden' });
    else next();
  });
  app.use(express.json());
  const refuse = (response: express.Response, status: number, code: string, title: string, hint?: string): void => {
    response.status(status).type('application/problem+json').send(JSON.stringify({ type: `about:blank#${code}`, title, status, code, hint }));
  };
  const tell = (event: SessionEvent): void => { for (const socket of students) send(socket, event); };
  const me = (): Me => (role === 'student' ? { role, sessionId, name: 'Ada Lovelace', classroom: 'Autumn class', personalLink: '/s/7fqk2m9xw4tbnz8e3rjh' } : { role });

  app.get(routes.me, (_request, response) => { response.json(me()); });
  app.post(routes.join, (request, response) => {
    const input = JoinInput.safeParse(request.body);
    if (!input.success) return refuse(response, 400, 'invalid-input', 'Some fields are not right.');
    if (input.data.code !== 'amber-otter-42') return refuse(response, 404, 'join-code-wrong', 'No class has this join code.', 'Compare it with the one your instructor shows; it has two words and a number.');
    if (input.data.name === 'Grace') return refuse(response, 409, 'name-taken', 'Someone in this class is called Grace already.', 'Add your surname, or open your personal link if it is you.');
    role = 'student';
    response.json({ sessionId, personalLink: '/s/7fqk2m9xw4tbnz8e3rjh' });
  });
  app.post(routes.login, (request, response) => {
    if (LoginInput.safeParse(request.body).data?.password !== 'open') return refuse(response, 401, 'password-wrong', 'That is not the password.', 'It was printed when the server first started.');
    role = 'instructor';
    response.status(204).end();
  });
  app.post(routes.logout, (_request, response) => { role = 'visitor'; response.status(204).end(); });
  app.get(routes.session, (_request, response) => { response.json(mockSession(cluster)); });
  app.get(routes.lab(':lab'), (request, response) => {
    if (request.params.lab !== labId) return refuse(response, 404, 'not-found', 'There is no such lab.');
    response.json({ ...mockLab, unmetNeeds: scene.unmetNeeds ?? [] });
  });
  app.get(routes.labState(':lab'), (_request, response) => { response.json(lab); });
  app.post(routes.openLab(':lab'), (_request, response) => { lab = { ...lab, phase: 'open' }; response.json(lab); });
  app.post(routes.startOver(':lab'), (_request, response) => { lab = mockLabState('fresh'); response.json(lab); });
  app.post(routes.runCheck(':lab', ':check'), (request, response) => {
    const input = RunCheckInput.parse(request.body);
    const check = lab.checks.find((each) => each.id === request.params.check);
    if (check === undefined) return refuse(response, 404, 'unknown-check', 'There is no such check.');
    const good = input.answer === undefined || input.answer === '10.244.1.7';
    const next: CheckState = { ...check, attempts: check.attempts + 1, checkedAt: Date.now(), earned: check.earned || good, ...(input.answer === undefined ? {} : { answer: input.answer }),
      verdict: good ? { kind: 'passed', finding: 'It holds.' } : { kind: 'failed', finding: `${input.answer} is not the address of pod web.`, direction: 'Look at the column IP.' } };
    lab = { ...lab, checks: lab.checks.map((each) => (each.id === next.id ? next : each)) };
    response.json(next);
    tell({ type: 'check', labId, check: next, passedSteps: lab.passedSteps });
  });
  app.post(routes.quiz(':lab', ':quiz'), (request, response) => { const correct = QuizInput.parse(request.body).choices.includes('b'); response.json({ correct, explanation: correct ? 'Nothing translates addresses between pods.' : 'That would need translation on the way.' }); });
  app.post(routes.saveFile(':lab', ':block'), (_request, response) => { response.json({ path: '~/lab-02/web.yaml' }); });
  app.post(routes.newCluster, (_request, response) => { response.json(cluster); });
  app.get(routes.terminals, (_request, response) => { response.json([...shells.values()].map((shell) => shell.view)); });
  app.post(routes.terminals, (request, response) => {
    const { machine } = request.body as { machine: string };
    const number = [...shells.values()].filter((shell) => shell.view.machine === machine).length + 1;
    const view = { id: `t_${String(shells.size + 1).padStart(16, '0')}`, machine, title: number === 1 ? machine : `${machine} ${number}`, running: true } as TerminalView;
    shells.set(view.id, new FakeShell(view));
    response.json(view);
  });
  app.delete(routes.terminal(':id'), (request, response) => { shells.delete(String(request.params.id)); response.status(204).end(); });
  app.get(routes.board, (_request, response) => { response.json(mockBoard(scene.students ?? 0, url, scene.whole)); });
  app.post(routes.reissueLink(':session'), (_request, response) => { response.json({ personalLink: '/s/new' }); });
  app.post(routes.resetStudent(':session'), (_request, response) => { response.status(204).end(); });
  app.delete(routes.removeStudent(':session'), (_request, response) => { response.status(204).end(); });
  app.use(express.static(webFolder));
  app.get('/{*page}', (_request, response) => { response.sendFile(join(webFolder, 'index.html')); });

  const server = createServer(app);
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const path = request.url ?? '';
      if (path === routes.events) {
        if (role !== 'student') { socket.close(closeCodes.notSignedIn); return; }
        students.add(socket);
        socket.on('close', () => students.delete(socket));
        send(socket, { type: 'hello', session: mockSession(cluster) });
      } else if (path === routes.boardEvents) {
        if (role !== 'instructor') { socket.close(closeCodes.notSignedIn); return; }
        instructors.add(socket);
        socket.on('close', () => instructors.delete(socket));
        send(socket, { type: 'board', board: mockBoard(scene.students ?? 0, `${url}/join/amber-otter-42`, scene.whole) });
      } else {
        const shell = shells.get(/terminals\/([^/]+)\/socket/.exec(path)?.[1] ?? '');
        if (shell === undefined) { socket.close(closeCodes.notFound); return; }
        socket.on('close', () => shell.sockets.delete(socket));
        socket.on('message', (data) => {
          const message = TerminalClientMessage.parse(JSON.parse(String(data)));
          if (message.type === 'open') {
            if (message.since === undefined) send(socket, { type: 'screen', seq: shell.log.length, data: shell.log, cols: message.cols, rows: message.rows });
            else if (message.since < shell.log.length) send(socket, { type: 'output', seq: shell.log.length, data: shell.log.slice(message.since) });
            shell.sockets.add(socket);
          } else if (message.type === 'input') shell.input(message.data);
          else if (message.type === 'run') {
            send(socket, { type: 'ran', id: message.id, accepted: !shell.busy, ...(shell.busy ? { reason: `Something is still running on ${shell.view.machine}. Stop it with Ctrl+C first.` } : {}) });
            if (!shell.busy) shell.input(`${message.command}\r`);
          }
        });
      }
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url, tell,
    tellBoard: (event) => { for (const socket of instructors) send(socket, event); },
    setCluster: (next) => { cluster = next; tell({ type: 'cluster', cluster }); },
    setCheck: (check, passedSteps) => {
      lab = { ...lab, passedSteps, checks: lab.checks.map((each) => (each.id === check.id ? check : each)) };
      tell({ type: 'check', labId, check, passedSteps });
    },
    drop: (code) => { for (const socket of sockets.clients) { if (code === undefined) socket.terminate(); else socket.close(code); } },
    typed: () => [...shells.values()].map((shell) => shell.all).join('\n'),
    close: () => new Promise((resolve) => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
};
