// A student's first page: the workshop's labs, their progress, and the cluster on its way.
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { LogOut, Link2 } from 'lucide-react';
import type { Me, SessionView } from '../../server/contract/index.ts';
import { api } from '../lib/api.ts';
import { leaveSession } from '../lib/sessionStore.ts';
import { remember, tryRemembered } from '../lib/storage.ts';
import { WayBack } from '../features/classrooms/index.ts';
import { ClusterChip, ClusterProgress } from '../features/clusters/index.ts';
import { Contents } from '../features/labs/index.ts';
import { Button } from '../ui/Button.tsx';
import { Menu } from '../ui/Menu.tsx';
import { useMe } from './me.tsx';
import { SessionFrame } from './SessionFrame.tsx';
import { ShortcutsDialog, useHelp } from './Shortcuts.tsx';
import { Strip } from './Strip.tsx';
import { useTitle } from './useTitle.ts';
import styles from './ContentsPage.module.css';

type Student = Extract<Me, { role: 'student' }>;
const isIds = (value: unknown): value is string[] => Array.isArray(value) && value.every((id) => typeof id === 'string');

const Page = ({ me, session, banner }: { me: Student; session: SessionView; banner: ReactNode }): ReactNode => {
  const { refresh } = useMe();
  const navigate = useNavigate();
  const help = useHelp();
  const [kept, setKept] = useState(() => (tryRemembered('way-back-kept', isIds) ?? []).includes(me.sessionId));
  useTitle(session.workshop.title);
  const keep = (): void => {
    setKept(true);
    remember('way-back-kept', [...(tryRemembered('way-back-kept', isIds) ?? []), me.sessionId].slice(-20));
  };
  const signOut = async (): Promise<void> => {
    await api.logout().catch(() => undefined);
    leaveSession();
    await refresh();
    await navigate('/');
  };
  const { cluster } = session;
  return (
    <div className={styles.page}>
      <Strip crumbs={[{ words: session.workshop.title }]} onHelp={help.show} skips={[{ words: 'Skip to the labs', onPick: () => document.getElementById('main')?.focus() }]}>
        <ClusterChip cluster={cluster} />
        <Menu label="You" button={<Button look="quiet" size="small"><span className={styles.name}>{session.name}</span></Button>} actions={[
          { id: 'link', words: 'Show my personal link', icon: <Link2 size={16} />, onPick: () => setKept(false) },
          { id: 'leave', words: 'Sign out of this browser', icon: <LogOut size={16} />, onPick: () => { void signOut(); } },
        ]} />
      </Strip>
      {banner}
      <main id="main" tabIndex={-1} className={styles.main}>
        <Contents workshop={session.workshop} aside={<>
          {!kept && <WayBack link={me.personalLink} onKept={keep} />}
          {cluster.state !== 'ready' && cluster.state !== 'none' && <div className={styles.cluster}><ClusterProgress cluster={cluster} /></div>}
        </>} />
      </main>
      <ShortcutsDialog help={help} />
    </div>
  );
};

/** For a signed-in student. */
export const ContentsPage = ({ me }: { me: Student }): ReactNode => (
  <SessionFrame>{(session, banner) => <Page me={me} session={session} banner={banner} />}</SessionFrame>
);
