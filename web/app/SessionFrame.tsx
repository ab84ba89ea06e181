// Around every page of a student: connects the session, and says when it is over or away.
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { closeCodes } from '../../server/contract/index.ts';
import type { SessionView } from '../../server/contract/index.ts';
import { api } from '../lib/api.ts';
import { ensureSession, hurrySession, leaveSession, useSession } from '../lib/sessionStore.ts';
import { Button } from '../ui/Button.tsx';
import { LinkBanner } from './LinkBanner.tsx';
import { useMe } from './me.tsx';
import { Loading, Message } from './Messages.tsx';

/** Renders `children` once the session is known; the banner stands where they put it. */
export const SessionFrame = ({ children }: { children: (session: SessionView, banner: ReactNode) => ReactNode }): ReactNode => {
  const { session, link, removed } = useSession();
  const { refresh } = useMe();
  useEffect(() => { ensureSession(); }, []);
  const signedOut = link.kind === 'stopped' && (link.code === closeCodes.notSignedIn || link.code === closeCodes.forbidden);
  useEffect(() => {
    if (!signedOut || removed !== undefined) return;
    leaveSession();
    void refresh();
  }, [signedOut, removed, refresh]);

  if (removed !== undefined) {
    const leave = async (): Promise<void> => {
      await api.logout().catch(() => undefined);
      leaveSession();
      await refresh();
    };
    return <Message title="You were signed out of this class" action={<Button look="primary" onPress={() => { void leave(); }}>Go to the join page</Button>}>{removed}</Message>;
  }
  if (session === undefined) {
    return link.kind === 'lost' || link.kind === 'draining'
      ? <Message title="The server does not answer" action={<Button look="primary" onPress={hurrySession}>Try now</Button>}>Your cluster and shells keep running. This page tries again by itself.</Message>
      : <Loading stage="Fetching your workshop" />;
  }
  return children(session, <LinkBanner link={link} onHurry={hurrySession} />);
};
