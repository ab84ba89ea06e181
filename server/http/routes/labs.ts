// A student's labs: the page, its state, checks, quizzes and files.
import { QuizInput, routes, RunCheckInput } from '../../contract/index.ts';
import { bodyOf, ownSession, type Call, type Endpoint } from '../endpoints.ts';
import { HttpError } from '../errors.ts';
import type { AppServices } from '../services.ts';

// An SVG of a lab is a picture, not a page of ours.
const assetPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

export function labEndpoints({ sessions }: AppServices): Endpoint[] {
  const labs = (call: Call) => ownSession(sessions, call).labs;
  const only = ['student'] as const;
  return [
    { method: 'GET', path: routes.lab(':lab'), roles: only, handle: (call) => labs(call).view(call.params.lab!) },
    { method: 'GET', path: routes.labState(':lab'), roles: only, handle: (call) => labs(call).state(call.params.lab!) },
    { method: 'POST', path: routes.openLab(':lab'), roles: only, handle: (call) => labs(call).open(call.params.lab!) },
    { method: 'POST', path: routes.startOver(':lab'), roles: only, handle: (call) => labs(call).startOver(call.params.lab!) },
    {
      method: 'POST', path: routes.runCheck(':lab', ':check'), roles: only,
      handle: (call) => labs(call).runCheck(call.params.lab!, call.params.check!, bodyOf(call, RunCheckInput).answer),
    },
    {
      method: 'POST', path: routes.quiz(':lab', ':quiz'), roles: only,
      handle: (call) => labs(call).answerQuiz(call.params.lab!, call.params.quiz!, bodyOf(call, QuizInput).choices),
    },
    { method: 'POST', path: routes.saveFile(':lab', ':block'), roles: only, handle: (call) => labs(call).saveFile(call.params.lab!, call.params.block!) },
    {
      method: 'GET', path: routes.labAsset(':lab', ':file'), roles: only,
      handle: (call) => new Promise<void>((resolve, reject) => {
        const path = labs(call).asset(call.params.lab!, call.params.file!);
        call.response.set('Content-Security-Policy', assetPolicy);
        call.response.sendFile(path, { dotfiles: 'allow', cacheControl: false }, (error) => {
          if (!error || call.response.headersSent) resolve();
          else reject(new HttpError('not-found', 'The lab has no such image.', { cause: error }));
        });
      }),
    },
  ];
}
