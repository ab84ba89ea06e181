// The class at a glance: students down, steps across, one cell one glance.
import { EllipsisVertical, Hand } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { BoardView, StudentRow } from '../../../server/contract/index.ts';
import { passedCount, sortStudents } from '../../lib/boardState.ts';
import type { BoardOrder } from '../../lib/boardState.ts';
import { Button } from '../../ui/Button.tsx';
import { Jack } from '../../ui/Jack.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { RelativeTime, useNow } from '../../ui/RelativeTime.tsx';
import { cellOf, placeOf } from '../../lib/boardPlace.ts';
import { cellWords, clusterWords } from './boardWords.ts';
import { StudentDrawer } from './StudentDrawer.tsx';
import { studentActions, StudentQuestion } from './StudentQuestion.tsx';
import type { Question } from './StudentQuestion.tsx';
import styles from './Board.module.css';

// More rows than this and they close up, so that thirty fit a laptop's screen.
const ROOMY_ROWS = 16;
// More steps than this and their columns close up, so that fourteen labs fit too.
const ROOMY_STEPS = 36;

const Cells = ({ board, student, stuck }: { board: BoardView; student: StudentRow; stuck: boolean }): ReactNode => board.labs.flatMap((lab) => lab.steps.map((step, index) => {
  const cell = cellOf(student, lab.id, step.id);
  const before = index === 0 ? undefined : lab.steps[index - 1];
  const joined = cell.state === 'passed' && before !== undefined && cellOf(student, lab.id, before.id).state === 'passed';
  const here = student.online && student.at?.labId === lab.id && student.at.stepId === step.id;
  const words = `${student.name}, ${lab.number}.${index + 1} ${step.title}: ${cellWords[cell.state]}${cell.points > 0 ? `, ${cell.earned} of ${cell.points} points` : ''}${here ? ', here now' : ''}`;
  return (
    <td key={`${lab.id}/${step.id}`} title={words} className={`${styles.cell} ${index === 0 ? styles.first : ''} ${joined ? styles.joined : ''}`}>
      <span className={here ? (stuck ? styles.stuckHere : styles.here) : styles.spot}><Jack state={cell.state} size={13} label={`${cellWords[cell.state]}${here ? ', here now' : ''}`} /></span>
    </td>
  );
}));

const SortHead = ({ words, order, current, onPick }: { words: string; order: BoardOrder; current: BoardOrder; onPick: (order: BoardOrder) => void }): ReactNode => (
  <button type="button" className={`${styles.sort} ${current === order ? styles.sorted : ''}`} aria-pressed={current === order} title={`Sort by ${words.toLowerCase()}`} onClick={() => onPick(order)}>{words}</button>
);

/** The grid with its menus, questions and drawer. */
export const Board = ({ board }: { board: BoardView }): ReactNode => {
  const [order, setOrder] = useState<BoardOrder>('name');
  const [question, setQuestion] = useState<Question>();
  const [shown, setShown] = useState<string>();
  const now = useNow();
  const steps = board.labs.reduce((sum, lab) => sum + lab.steps.length, 0);
  const students = sortStudents(board.students, order, now);
  return (
    <div className={styles.scroll}>
      <table className={`${styles.board} ${students.length > ROOMY_ROWS ? styles.close : ''} ${steps > ROOMY_STEPS ? styles.narrow : ''}`}>
        <thead>
          <tr className={styles.labs}>
            <th rowSpan={2} scope="col" className={styles.nameHead}><SortHead words="Student" order="name" current={order} onPick={setOrder} /></th>
            {board.labs.map((lab) => <th key={lab.id} scope="colgroup" colSpan={lab.steps.length} title={lab.title} className={styles.lab}><span>{lab.number}. {lab.title}</span></th>)}
            <th rowSpan={2} scope="col" className={styles.number}><SortHead words="Points" order="points" current={order} onPick={setOrder} /></th>
            <th rowSpan={2} scope="col" className={styles.seen}><SortHead words="Now" order="now" current={order} onPick={setOrder} /></th>
            <td rowSpan={2} />
          </tr>
          <tr className={styles.stepHeads}>
            {board.labs.flatMap((lab) => lab.steps.map((step, index) => (
              <th key={`${lab.id}/${step.id}`} scope="col" title={`${lab.number}.${index + 1} ${step.title}`} className={index === 0 ? styles.first : ''}>{index + 1}<span className="visuallyHidden"> {step.title}</span></th>
            )))}
          </tr>
        </thead>
        <tbody>
          {students.map((student) => {
            const place = placeOf(student, now);
            const cluster = clusterWords[student.cluster.state];
            const actions = studentActions(student, setQuestion, () => setShown(student.sessionId));
            return (
              <tr key={student.sessionId} className={student.online ? '' : styles.away}>
                <th scope="row" className={styles.name}>
                  <span className={styles.who}>
                    <span title={student.cluster.cause ?? student.cluster.detail ?? cluster.words} className={styles.cluster}><Jack state={cluster.jack} size={13} label={cluster.words} /></span>
                    <button type="button" className={styles.open} onClick={() => setShown(student.sessionId)}><bdi>{student.name}</bdi></button>
                  </span>
                </th>
                <Cells board={board} student={student} stuck={place?.stuck ?? false} />
                <td className={styles.number}>{student.points}</td>
                <td className={styles.seen}>{!student.online ? <RelativeTime at={student.lastSeenAt} /> : place === undefined ? 'here' : (
                  <span className={place.stuck ? styles.stuck : ''} title={`${place.words} on this step${place.stuck ? ': may want help' : ''}`}>
                    {place.stuck && <Hand size={13} aria-label="may want help" />}{place.words}
                  </span>
                )}</td>
                <td className={styles.more}><Menu label={`Actions for ${student.name}`} actions={actions} button={<Button look="quiet" size="small" iconOnly aria-label={`Actions for ${student.name}`}><EllipsisVertical size={15} aria-hidden /></Button>} /></td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className={styles.name}>Passed</th>
            {board.labs.flatMap((lab) => lab.steps.map((step, index) => <td key={`${lab.id}/${step.id}`} className={`${styles.count} ${index === 0 ? styles.first : ''}`}>{passedCount(board.students, lab.id, step.id)}</td>))}
            <td className={styles.number} title="Points that can be earned">of {board.points}</td>
            <td colSpan={2} />
          </tr>
        </tfoot>
      </table>
      <StudentQuestion question={question} onClose={() => setQuestion(undefined)} />
      <StudentDrawer board={board} student={board.students.find((student) => student.sessionId === shown)} onClose={() => setShown(undefined)} onAsk={(asked) => { setShown(undefined); setQuestion(asked); }} />
    </div>
  );
};
