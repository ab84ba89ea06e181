// The workbench: the lab's text on the left, terminals on the right, the strip on top.
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Link, Navigate, useParams } from 'react-router';
import { Group, Panel, Separator } from 'react-resizable-panels';
import { Clock } from 'lucide-react';
import type { SessionView } from '../../server/contract/index.ts';
import { isLayout, remember, tryRemembered } from '../lib/storage.ts';
import { narrowQuery, useMedia } from '../lib/useMedia.ts';
import { ClusterChip, ClusterProgress } from '../features/clusters/index.ts';
import { LabText, labAfter, useLab, useReading, useSpokenVerdicts } from '../features/labs/index.ts';
import { createDeck, TerminalDeck } from '../features/terminals/index.ts';
import type { Deck } from '../features/terminals/index.ts';
import { buttonClass } from '../ui/Button.tsx';
import { useMe } from './me.tsx';
import { Loading, Message, ProblemMessage } from './Messages.tsx';
import { SessionFrame } from './SessionFrame.tsx';
import { ShortcutsDialog, useHelp } from './Shortcuts.tsx';
import { Strip } from './Strip.tsx';
import { useLabKeys } from './useLabKeys.ts';
import { useTimeOnLab } from './useTimeOnLab.ts';
import { useTitle } from './useTitle.ts';
import styles from './LabPage.module.css';

type Side = 'text' | 'terminal';

/** The deck of this page, made once and ended with the page; `leave` must not change. */
const useDeck = (sessionId: string, leave: () => void): Deck | undefined => {
  const [deck, setDeck] = useState<Deck>();
  useEffect(() => {
    const made = createDeck(sessionId, leave);
    // oxlint-disable-next-line react/set-state-in-effect -- a deck owns sockets: it is made and ended with the effect.
    setDeck(made);
    return () => made.dispose();
  }, [sessionId, leave]);
  return deck;
};

const clockTitle = (openedAt: number | undefined): string =>
  `Time with this lab on screen, and the time it usually takes.${openedAt === undefined ? '' : ` Set up at ${new Date(openedAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}.`}`;

const Workbench = ({ labId, session, banner }: { labId: string; session: SessionView; banner: ReactNode }): ReactNode => {
  const onPage = useLab(labId);
  const { lab, state, problem } = onPage;
  const narrow = useMedia(narrowQuery);
  const [side, setSide] = useState<Side>('text');
  // State and not a ref: another arrangement of the page is another element to follow.
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const reading = useReading(lab, scroller, { active: !narrow || side === 'text', memory: `${session.sessionId}:${labId}` });
  const help = useHelp();
  const minutes = useTimeOnLab(state?.spentMs, reading.stepId !== undefined);
  useSpokenVerdicts(lab, state);
  useTitle(lab?.title);

  const toText = useCallback(() => {
    setSide('text');
    requestAnimationFrame(() => document.getElementById('lab-text')?.focus({ preventScroll: true }));
  }, []);
  const deck = useDeck(session.sessionId, toText);
  const toTerminal = useCallback(() => {
    setSide('terminal');
    requestAnimationFrame(() => deck?.focus());
  }, [deck]);
  useLabKeys({ lab, reading, scroller, toText, toTerminal });

  const run = useMemo(() => async (machine: string, command: string, options: { focus: boolean; fresh: boolean }) => {
    if (deck === undefined || session.cluster.state !== 'ready') return { accepted: false, reason: 'Your cluster is not ready yet. Run it when the terminal is there.' };
    const outcome = await deck.run(machine, command, options);
    if (outcome.accepted) setSide('terminal');
    return outcome;
  }, [deck, session.cluster.state]);

  if (lab === undefined) {
    if (problem?.code === 'not-found') return <Message title="There is no such lab in this workshop" action={<Link className={buttonClass('primary')} to="/">See all labs</Link>}>It may have been renamed. The workshop's contents list every lab.</Message>;
    return problem === undefined ? <Loading stage="Opening the lab" /> : <ProblemMessage problem={problem} onRetry={onPage.reload} />;
  }
  const step = lab.steps.find((each) => each.id === reading.stepId);
  const ready = session.cluster.state === 'ready';
  const text = <LabText onPage={{ ...onPage, lab }} reading={reading} setScroller={setScroller} run={run} clusterReady={ready} next={labAfter(session.workshop.labs, labId)} />;
  const terminals = deck === undefined ? null : <TerminalDeck deck={deck} machines={session.cluster.machines} {...(ready ? {} : { waiting: <ClusterProgress cluster={session.cluster} /> })} />;
  const remembered = tryRemembered('workbench', isLayout);
  return (
    <div className={styles.page}>
      <Strip onHelp={help.show} skips={[{ words: 'Skip to the lab text', onPick: toText }, { words: 'Skip to the terminal', onPick: toTerminal }]}
        crumbs={[{ words: session.workshop.title, to: '/' }, { words: `${lab.number}. ${lab.title}` }, ...(step === undefined ? [] : [{ words: step.title }])]}>
        <span className={styles.time} title={clockTitle(state?.openedAt)}><Clock size={14} aria-hidden />{minutes} of about {lab.minutes} min</span>
        <ClusterChip cluster={session.cluster} />
      </Strip>
      {banner}
      <main id="main" tabIndex={-1} className={styles.main}>
        {narrow ? (
          <>
            <div className={styles.sides} role="tablist" aria-label="Text or terminal">
              {(['text', 'terminal'] as const).map((each) => (
                <button key={each} type="button" role="tab" id={`side-${each}`} aria-selected={side === each} aria-controls={`panel-${each}`} className={side === each ? styles.sideOn : ''} onClick={() => setSide(each)}>{each === 'text' ? 'Text' : 'Terminal'}</button>
              ))}
            </div>
            <div id="panel-text" role="tabpanel" aria-labelledby="side-text" className={styles.side} hidden={side !== 'text'}>{text}</div>
            <div id="panel-terminal" role="tabpanel" aria-labelledby="side-terminal" className={styles.side} hidden={side !== 'terminal'}>{terminals}</div>
          </>
        ) : (
          <Group orientation="horizontal" className={styles.group} {...(remembered === undefined ? {} : { defaultLayout: remembered })} onLayoutChanged={(sizes) => remember('workbench', sizes)}>
            <Panel id="text" defaultSize="41%" minSize="340px" maxSize="68%">{text}</Panel>
            <Separator className={styles.separator} aria-label="Resize text and terminal" />
            <Panel id="terminals" minSize="26%">{terminals}</Panel>
          </Group>
        )}
      </main>
      <ShortcutsDialog help={help} />
    </div>
  );
};

/** `/labs/:labId`, for students. */
const LabPage = (): ReactNode => {
  const { labId = '' } = useParams();
  const { me, problem, refresh } = useMe();
  if (problem !== undefined && me === undefined) return <ProblemMessage problem={problem} onRetry={() => { void refresh(); }} />;
  if (me === undefined) return <Loading stage="Finding your place" />;
  if (me.role !== 'student') return <Navigate to="/" replace />;
  return <SessionFrame>{(session, banner) => <Workbench key={labId} labId={labId} session={session} banner={banner} />}</SessionFrame>;
};

export default LabPage;
