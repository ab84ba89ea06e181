// The first page: the door for visitors, the workshop for students, the board for the instructor.
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link, Navigate, useNavigate, useParams, useSearchParams } from 'react-router';
import { tryRemembered, remember } from '../lib/storage.ts';
import { JoinForm } from '../features/classrooms/index.ts';
import { leaveSession } from '../lib/sessionStore.ts';
import { ContentsPage } from './ContentsPage.tsx';
import { useMe } from './me.tsx';
import { Loading, ProblemMessage } from './Messages.tsx';
import { Jack } from '../ui/Jack.tsx';
import { Mark, ThemeMenu } from './Strip.tsx';
import { useTitle } from './useTitle.ts';
import styles from './HomePage.module.css';

const columns = [0, 1, 2, 3, 4, 5];
const rows = [0, 1, 2, 3, 4];
const at = ([column, row]: readonly [number, number]): [number, number] => [80 + column * 88, 130 + row * 88];
// From jack to jack, as [column, row]; the last number is how far the cable hangs.
const cables = [[[0, 0], [2, 1], 250], [[3, 1], [5, 0], 300], [[1, 3], [4, 2], 210]] as const;

/** The panel that the product is named after: jacks in rows, a few of them joined. */
const Panel = (): ReactNode => {
  const plugged = new Set(cables.flatMap(([from, to]) => [from.join(), to.join()]));
  return (
    <svg className={styles.panel} viewBox="0 0 600 720" preserveAspectRatio="xMidYMid meet" aria-hidden="true">
      {rows.flatMap((row) => columns.map((column) => {
        const [x, y] = at([column, row]);
        const joined = plugged.has(`${column},${row}`);
        return <g key={`${column},${row}`} className={joined ? styles.joined : styles.free}><circle cx={x} cy={y} r={15} /><circle cx={x} cy={y} r={joined ? 7 : 5} className={styles.hole} /></g>;
      }))}
      {cables.map(([from, to, sag]) => {
        const [x1, y1] = at(from);
        const [x2, y2] = at(to);
        return <path key={sag} className={styles.cable} d={`M${x1} ${y1}C${x1} ${y1 + sag} ${x2} ${y2 + sag} ${x2} ${y2}`} />;
      })}
    </svg>
  );
};

/** `/`: by who this browser is. */
export const HomePage = (): ReactNode => {
  const { me, problem, refresh } = useMe();
  if (problem !== undefined && me === undefined) return <ProblemMessage problem={problem} onRetry={() => { void refresh(); }} />;
  if (me === undefined) return <Loading stage="Finding your place" />;
  if (me.role === 'instructor') return <Navigate to="/instructor" replace />;
  if (me.role === 'visitor') return <JoinPage />;
  return <ContentsPage me={me} />;
};

/** The door; `/join/:code` fills the code in. */
export const JoinPage = (): ReactNode => {
  const { code = '' } = useParams();
  const { me, refresh } = useMe();
  const [search] = useSearchParams();
  const linkWrong = search.get('problem') === 'link-wrong' && me?.role !== 'student';
  const navigate = useNavigate();
  const [done, setDone] = useState(false);
  useTitle('Join');
  const joined = async (sessionId: string): Promise<void> => {
    setDone(true);
    // The personal link is shown once: until this browser says that it was kept.
    remember('way-back-kept', (tryRemembered('way-back-kept', (value): value is string[] => Array.isArray(value)) ?? []).filter((id) => id !== sessionId));
    leaveSession();
    await refresh();
    await navigate('/', { replace: true });
  };
  return (
    <div className={styles.page}>
      <div className={styles.corner}><ThemeMenu /></div>
      <main id="main" tabIndex={-1} className={styles.door}>
        <div className={styles.brand}><Mark size={30} /><span>Patchbay</span></div>
        <h1>Kubernetes networking, on a cluster of your own</h1>
        <p className={styles.lead}>Join to get a live cluster, terminals on its machines, and exercises that check themselves.</p>
        {linkWrong && (
          <p className={styles.linkWrong} role="status"><Jack state="broken" size={20} /><span><strong>This personal link does not work any more.</strong> Your cluster and your points are still there: ask your instructor for a new link. Joining below starts from nothing.</span></p>
        )}
        {me?.role === 'student' && !done && (
          <p className={styles.already}>You are here already as {me.name}. <Link to="/">Go on with the workshop</Link>, or join as someone else:</p>
        )}
        {me?.role === 'instructor' && <p className={styles.already}>You are signed in as the instructor. <Link to="/instructor">Open the board</Link>, or join as a student in this browser:</p>}
        <JoinForm code={code} onJoined={({ sessionId }) => { void joined(sessionId); }} />
        <p className={styles.aside}>Have a personal link? Open it: it is your way back. Teaching? <Link to="/instructor">Instructor sign-in</Link></p>
      </main>
      <Panel />
    </div>
  );
};

