// The instructor: signing in, the board, and what may be done to a student.
import { LoginInput, ResetInput, routes, type ReissuedLink } from '../../contract/index.ts';
import { instructorSignInMs } from '../../classrooms/index.ts';
import { setSecret } from '../cookies.ts';
import { anyone, bodyOf, type Endpoint } from '../endpoints.ts';
import { createRateLimit } from '../middleware/rateLimit.ts';
import type { AppServices } from '../services.ts';

const loginLimit = { burst: 10, perMinute: 5, message: 'Too many wrong passwords from this network.' };

export function classroomEndpoints({ classrooms, clock, baseUrl }: AppServices, isSecure: () => boolean): Endpoint[] {
  const logins = createRateLimit({ clock, ...loginLimit });
  const { roster } = classrooms;
  return [
    {
      method: 'POST', path: routes.login, roles: anyone,
      async handle(call) {
        const { password } = bodyOf(call, LoginInput);
        const address = call.request.ip ?? '';
        logins.take(address);
        const secret = await classrooms.accounts.signIn(password);
        logins.refund(address);
        setSecret(call.response, 'instructor', secret, { secure: isSecure(), maxAge: instructorSignInMs });
      },
    },
    { method: 'GET', path: routes.board, roles: ['instructor'], handle: () => classrooms.board() },
    { method: 'POST', path: routes.resetStudent(':session'), roles: ['instructor'], handle: (call) => roster.reset(call.params.session!, bodyOf(call, ResetInput)) },
    {
      method: 'POST', path: routes.reissueLink(':session'), roles: ['instructor'],
      handle: (call): ReissuedLink => ({ personalLink: `${baseUrl()}${routes.personalLink(roster.reissue(call.params.session!))}` }),
    },
    { method: 'DELETE', path: routes.removeStudent(':session'), roles: ['instructor'], handle: (call) => roster.remove(call.params.session!) },
  ];
}
