// Joining, coming back by personal link, who this browser is, and the session itself.
import { JoinInput, routes, type Joined, type Me } from '../../contract/index.ts';
import { clearSecret, setSecret, studentCookieMs } from '../cookies.ts';
import { anyone, bodyOf, ownSession, type Endpoint } from '../endpoints.ts';
import { HttpError } from '../errors.ts';
import { createRateLimit } from '../middleware/rateLimit.ts';
import type { AppServices } from '../services.ts';

// A whole class sits behind one address: only refusals count, and a class mistypes a lot.
const joinLimit = { burst: 60, perMinute: 30, message: 'Too many wrong codes from this network.' };
const linkLimit = { burst: 30, perMinute: 10, message: 'Too many wrong links from this network.' };

export function sessionEndpoints({ sessions, classrooms, clock, baseUrl }: AppServices, isSecure: () => boolean): Endpoint[] {
  const joins = createRateLimit({ clock, ...joinLimit });
  const links = createRateLimit({ clock, ...linkLimit });
  const linkOf = (secret: string) => `${baseUrl()}${routes.personalLink(secret)}`;
  return [
    {
      method: 'GET', path: routes.me, roles: anyone,
      // One browser may be both: it is asked for by `?role=instructor`, and is a student first otherwise.
      handle({ identity: { student, instructor }, request }): Me {
        if (instructor && (!student || request.query.role === 'instructor')) return { role: 'instructor' };
        if (!student) return { role: 'visitor' };
        return { role: 'student', sessionId: student.sessionId, name: student.name, classroom: classrooms.current().title, personalLink: linkOf(student.secret) };
      },
    },
    {
      method: 'POST', path: routes.join, roles: anyone,
      handle(call): Joined {
        const { code, name } = bodyOf(call, JoinInput);
        const address = call.request.ip ?? '';
        joins.take(address);
        const { sessionId, secret } = classrooms.join(code, name);
        joins.refund(address);
        setSecret(call.response, 'student', secret, { secure: isSecure(), maxAge: studentCookieMs });
        return { sessionId, personalLink: linkOf(secret) };
      },
    },
    {
      method: 'GET', path: routes.personalLink(':secret'), roles: anyone,
      handle({ params, request, response }) {
        const address = request.ip ?? '';
        links.take(address);
        const { student } = classrooms.accounts.identify([params.secret!]);
        if (!student) {
          if (request.accepts(['json', 'html']) === 'html') return response.redirect(303, '/join?problem=link-wrong');
          throw new HttpError('link-wrong', 'This personal link does not work any more.', { hint: 'Ask your instructor for a new one.' });
        }
        links.refund(address);
        setSecret(response, 'student', student.secret, { secure: isSecure(), maxAge: studentCookieMs });
        response.redirect(303, '/');
      },
    },
    {
      method: 'POST', path: routes.logout, roles: anyone,
      // The student's secret is the personal link and stays good; the instructor's ends here.
      handle({ identity, response }) {
        if (identity.instructor) classrooms.accounts.signOut(identity.instructor.secret);
        clearSecret(response, 'student', isSecure());
        clearSecret(response, 'instructor', isSecure());
      },
    },
    { method: 'GET', path: routes.session, roles: ['student'], handle: (call) => ownSession(sessions, call).view() },
    { method: 'POST', path: routes.newCluster, roles: ['student'], handle: (call) => ownSession(sessions, call).renewCluster() },
  ];
}
