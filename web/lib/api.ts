// The pages' HTTP client: one function per route of the contract, answers validated, refusals as ApiError.
import { z } from 'zod';
import {
  BoardView, CheckState, ClusterView, Joined, LabState, LabView, Me, Problem, QuizResult, ReissuedLink, requestHeader, routes,
  SavedFile, SessionView, TerminalView,
} from '../../server/contract/index.ts';

/** A refusal or a lost connection. `message` is one sentence for people, `hint` what next, `code` one of the contract's or `offline`. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly issues: readonly { path: string; message: string }[];

  constructor(problem: { code: string; title: string; status: number; hint?: string | undefined; issues?: readonly { path: string; message: string }[] | undefined }, cause?: unknown) {
    super(problem.title, { cause });
    this.name = 'ApiError';
    this.code = problem.code;
    this.status = problem.status;
    this.hint = problem.hint;
    this.issues = problem.issues ?? [];
  }
}

/** Any thrown value as an ApiError. */
export const asApiError = (error: unknown): ApiError => error instanceof ApiError
  ? error
  : new ApiError({ code: 'internal', status: 0, title: 'The page could not finish that.', hint: 'Reload the page; nothing in your cluster is lost.' }, error);

/** The ApiError that an answer with a failing status stands for; a body that is no problem+json is named by its status. */
export const parseProblem = (status: number, body: unknown): ApiError => {
  const parsed = Problem.safeParse(body);
  return new ApiError(parsed.success
    ? parsed.data
    : { code: 'internal', status, title: `The server answered ${status}.`, hint: 'Try again; if it stays, tell your instructor.' });
};

type Method = 'GET' | 'POST' | 'DELETE';

const call = async <T>(method: Method, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> => {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json, application/problem+json',
        ...(method === 'GET' ? {} : { [requestHeader]: '1' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new ApiError({ code: 'offline', status: 0, title: 'The server cannot be reached.', hint: 'Check your connection, then try again.' }, error);
  }
  const text = await response.text();
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!response.ok) throw parseProblem(response.status, value);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new ApiError({ code: 'internal', status: response.status, title: 'The server speaks another version than this page.', hint: 'Reload the page.' }, parsed.error);
  }
  return parsed.data;
};

const nothing = z.unknown().transform(() => undefined);

/** Every route of the contract. Each throws ApiError. */
export const api = {
  me: () => call('GET', routes.me, Me),
  join: (code: string, name: string) => call('POST', routes.join, Joined, { code, name }),
  login: (password: string) => call('POST', routes.login, nothing, { password }),
  logout: () => call('POST', routes.logout, nothing),
  session: () => call('GET', routes.session, SessionView),
  lab: (lab: string) => call('GET', routes.lab(lab), LabView),
  labState: (lab: string) => call('GET', routes.labState(lab), LabState),
  openLab: (lab: string) => call('POST', routes.openLab(lab), LabState),
  startOver: (lab: string) => call('POST', routes.startOver(lab), LabState),
  runCheck: (lab: string, check: string, answer?: string) => call('POST', routes.runCheck(lab, check), CheckState, answer === undefined ? {} : { answer }),
  quiz: (lab: string, quiz: string, choices: readonly string[]) => call('POST', routes.quiz(lab, quiz), QuizResult, { choices }),
  saveFile: (lab: string, block: string) => call('POST', routes.saveFile(lab, block), SavedFile),
  newCluster: () => call('POST', routes.newCluster, ClusterView),
  terminals: () => call('GET', routes.terminals, z.array(TerminalView)),
  openTerminal: (machine: string) => call('POST', routes.terminals, TerminalView, { machine }),
  closeTerminal: (id: string) => call('DELETE', routes.terminal(id), nothing),
  board: () => call('GET', routes.board, BoardView),
  resetStudent: (session: string, what: { cluster: boolean; progress: boolean }) => call('POST', routes.resetStudent(session), nothing, what),
  reissueLink: (session: string) => call('POST', routes.reissueLink(session), ReissuedLink),
  removeStudent: (session: string) => call('DELETE', routes.removeStudent(session), nothing),
} as const;
