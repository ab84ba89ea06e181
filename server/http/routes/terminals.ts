// A student's shells.
import { OpenTerminalInput, routes } from '../../contract/index.ts';
import { bodyOf, ownSession, type Endpoint } from '../endpoints.ts';
import type { AppServices } from '../services.ts';

export function terminalEndpoints({ sessions }: AppServices): Endpoint[] {
  return [
    { method: 'GET', path: routes.terminals, roles: ['student'], handle: (call) => ownSession(sessions, call).terminals.list() },
    { method: 'POST', path: routes.terminals, roles: ['student'], handle: (call) => ownSession(sessions, call).terminals.open(bodyOf(call, OpenTerminalInput).machine) },
    { method: 'DELETE', path: routes.terminal(':id'), roles: ['student'], handle: (call) => ownSession(sessions, call).terminals.close(call.params.id!) },
  ];
}
