// The instructor's page: sign in, invite, and watch the class as it happens.
import { Hand, LogOut } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { closeCodes } from '../../server/contract/index.ts';
import { api } from '../lib/api.ts';
import { connectBoard, hurryBoard, useBoard } from '../lib/boardStore.ts';
import { Board, InstructorLogin, Invitation, summarise } from '../features/classrooms/index.ts';
import { Button } from '../ui/Button.tsx';
import { Jack } from '../ui/Jack.tsx';
import { useNow } from '../ui/RelativeTime.tsx';
import { LinkBanner } from './LinkBanner.tsx';
import { useMe } from './me.tsx';
import { Loading, ProblemMessage } from './Messages.tsx';
import { ShortcutsDialog, useHelp } from './Shortcuts.tsx';
import { Mark, Strip, ThemeMenu } from './Strip.tsx';
import { useTitle } from './useTitle.ts';
import styles from './InstructorPage.module.css';

const SignIn = ({ onDone, asStudent }: { onDone: () => void; asStudent: boolean }): ReactNode => (
  <div className={styles.signIn}>
    <div className={styles.corner}><ThemeMenu /></div>
    <main id="main" tabIndex={-1}>
      <div className={styles.brand}><Mark size={28} /><span>Patchbay</span></div>
      <h1>Instructor sign-in</h1>
      {asStudent && <p className={styles.note}>This browser is signed in as a student. Signing in here shows the board instead; the personal link leads back.</p>}
      <InstructorLogin onDone={onDone} />
    </main>
  </div>
);

const Class = (): ReactNode => {
  const { board, link } = useBoard();
  const { refresh } = useMe();
  const help = useHelp();
  const now = useNow();
  useTitle(board === undefined ? 'Class' : `Class: ${board.title}`);
  useEffect(() => connectBoard(), []);
  const signedOut = link.kind === 'stopped' && (link.code === closeCodes.notSignedIn || link.code === closeCodes.forbidden);
  useEffect(() => { if (signedOut) void refresh(); }, [signedOut, refresh]);
  if (board === undefined) return <Loading stage="Fetching the class" />;
  const { students, online, troubled, stuck } = summarise(board, now);
  return (
    <div className={styles.page}>
      <Strip crumbs={[{ words: board.title }, { words: 'Class' }]} onHelp={help.show}>
        <span className={styles.provider} title={board.provider.why}>Clusters: {board.provider.id}</span>
        <Button look="quiet" size="small" onPress={() => { void api.logout().then(refresh); }}><LogOut size={15} aria-hidden />Sign out</Button>
      </Strip>
      <LinkBanner link={link} onHurry={hurryBoard} />
      <main id="main" tabIndex={-1} className={styles.main}>
        {students === 0 ? (
          <section className={styles.empty}>
            <h1>Nobody has joined yet</h1>
            <p>Show this to your class. Students appear here as they join, each with a cluster of their own.</p>
            <Invitation board={board} big />
            <p className={styles.why}>{board.provider.why}</p>
          </section>
        ) : (
          <>
            <header className={styles.head}>
              <p className={styles.count} role="status">
                <strong>{online}</strong> of {students} {students === 1 ? 'student' : 'students'} here
                {stuck > 0 && <span className={styles.stuck} title="Ten minutes or four tries on a step that has not passed. Sort by Now to see them first."><Hand size={15} aria-hidden />{stuck === 1 ? 'one may want help' : `${stuck} may want help`}</span>}
                {troubled > 0 && <span className={styles.troubled}><Jack state="broken" size={15} />{troubled === 1 ? 'one cluster needs a look' : `${troubled} clusters need a look`}</span>}
              </p>
              <p className={styles.legend} aria-hidden="true">
                <span><Jack state="untouched" size={13} />not started</span><span><Jack state="started" size={13} />started</span><span><Jack state="passed" size={13} />passed</span><span><i className={styles.ring} />here now</span>
              </p>
              <Invitation board={board} big={false} />
            </header>
            <Board board={board} />
          </>
        )}
      </main>
      <ShortcutsDialog help={help} />
    </div>
  );
};

/** `/instructor`. */
const InstructorPage = (): ReactNode => {
  const { me, problem, refresh } = useMe();
  useTitle('Instructor');
  if (problem !== undefined && me === undefined) return <ProblemMessage problem={problem} onRetry={() => { void refresh(); }} />;
  if (me === undefined) return <Loading stage="Finding your place" />;
  if (me.role !== 'instructor') return <SignIn asStudent={me.role === 'student'} onDone={() => { void refresh(); }} />;
  return <Class />;
};

export default InstructorPage;
