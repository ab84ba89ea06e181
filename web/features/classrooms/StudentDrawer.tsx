// One student in detail: cluster, where they are, every step with its points.
import type { ReactNode } from 'react';
import type { BoardView, StudentRow } from '../../../server/contract/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Jack } from '../../ui/Jack.tsx';
import { RelativeTime, useNow } from '../../ui/RelativeTime.tsx';
import { cellOf, placeOf } from '../../lib/boardPlace.ts';
import { cellWords, clusterWords } from './boardWords.ts';
import type { Question } from './StudentQuestion.tsx';
import styles from './StudentDrawer.module.css';

const Labs = ({ board, student }: { board: BoardView; student: StudentRow }): ReactNode => board.labs.map((lab) => (
  <section key={lab.id}>
    <h3 className={styles.lab}>{lab.number}. {lab.title}</h3>
    <ol className={styles.steps}>
      {lab.steps.map((step) => {
        const cell = cellOf(student, lab.id, step.id);
        const here = student.at?.labId === lab.id && student.at.stepId === step.id;
        return (
          <li key={step.id}>
            <Jack state={cell.state} size={16} />
            <span>{step.title}{here && student.online && <em className={styles.here}> here now</em>}</span>
            <span className={styles.points}>{cell.points > 0 ? `${cell.earned} of ${cell.points}` : ''}<span className="visuallyHidden"> {cellWords[cell.state]}</span></span>
          </li>
        );
      })}
    </ol>
  </section>
));

const Now = ({ board, student }: { board: BoardView; student: StudentRow }): ReactNode => {
  const place = placeOf(student, useNow());
  const lab = board.labs.find((each) => each.id === student.at?.labId);
  const step = lab?.steps.findIndex((each) => each.id === student.at?.stepId) ?? -1;
  if (place === undefined || lab === undefined || step < 0) return null;
  return <><dt>On screen</dt><dd>{lab.number}.{step + 1} {lab.steps[step]?.title}: {place.words}{place.stuck && <em className={styles.stuck}> may want help</em>}</dd></>;
};

/** Open while there is a `student`. */
export const StudentDrawer = ({ board, student, onClose, onAsk }: { board: BoardView; student: StudentRow | undefined; onClose: () => void; onAsk: (question: Question) => void }): ReactNode => (
  <Dialog side title={student?.name ?? ''} isOpen={student !== undefined} onClose={onClose}>
    {student !== undefined && (
      <>
        <dl className={styles.facts}>
          <dt>Points</dt><dd>{student.points} of {board.points}</dd>
          <dt>Joined</dt><dd><RelativeTime at={student.joinedAt} /></dd>
          <dt>Last seen</dt><dd>{student.online ? 'here now' : <RelativeTime at={student.lastSeenAt} />}</dd>
          <Now board={board} student={student} />
          <dt>Cluster</dt><dd className={styles.cluster}><Jack state={clusterWords[student.cluster.state].jack} size={15} />{student.cluster.stage?.title ?? clusterWords[student.cluster.state].words}</dd>
          {student.cluster.detail !== undefined && <><dt /><dd>{student.cluster.detail}</dd></>}
          {student.cluster.cause !== undefined && <><dt /><dd className={styles.cause}>{student.cluster.cause}</dd></>}
        </dl>
        {student.trouble !== undefined && (
          <section className={styles.trouble}>
            <p><Jack state="broken" size={16} /><span>{student.trouble.what} <RelativeTime at={student.trouble.at} className={styles.when} /></span></p>
            <p className={styles.cause}>{student.trouble.cause}</p>
          </section>
        )}
        <div className={styles.actions}>
          <Button size="small" look="outline" onPress={() => onAsk({ action: 'cluster', student })}>New cluster…</Button>
          <Button size="small" look="outline" onPress={() => onAsk({ action: 'link', student })}>New link…</Button>
          <Button size="small" look="outline" onPress={() => onAsk({ action: 'progress', student })}>Reset progress…</Button>
        </div>
        <Labs board={board} student={student} />
      </>
    )}
  </Dialog>
);
