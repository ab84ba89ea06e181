// The workshop's contents: its labs in order, each with its steps on a cable.
import { ArrowRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { LabSummary, WorkshopView } from '../../../server/contract/index.ts';
import { stepWords } from '../../lib/verdictWords.ts';
import { buttonClass } from '../../ui/Button.tsx';
import { Cable } from '../../ui/Cable.tsx';
import { nextLab } from './contents.ts';
import { pointWords } from './progress.ts';
import styles from './Contents.module.css';

const LabRow = ({ lab, next }: { lab: LabSummary; next: boolean }): ReactNode => {
  const passed = lab.steps.filter((step) => step.state === 'passed').length;
  return (
    <li className={`${styles.row} ${next ? styles.next : ''}`}>
      <span className={styles.number}>{lab.number}</span>
      <div className={styles.words}>
        <h2><Link to={`/labs/${lab.id}`}>{lab.title}</Link></h2>
        <p>{lab.summary}</p>
      </div>
      <div className={styles.progress}>
        <Cable label={`Steps of ${lab.title}`} jackSize={15} stops={lab.steps.map((step) => ({ id: step.id, title: step.title, state: step.state, stateWords: stepWords[step.state] }))} />
        <p className={styles.numbers}>{passed} of {lab.steps.length} steps, {lab.earned} of {pointWords(lab.points)}, {lab.minutes} min</p>
      </div>
    </li>
  );
};

/** The first lab that is not finished is the one to go on with. */
export const Contents = ({ workshop, aside }: { workshop: WorkshopView; aside?: ReactNode }): ReactNode => {
  const next = nextLab(workshop.labs);
  const earned = workshop.labs.reduce((sum, lab) => sum + lab.earned, 0);
  const points = workshop.labs.reduce((sum, lab) => sum + lab.points, 0);
  return (
    <div className={styles.contents}>
      <header className={styles.head}>
        <div>
          <h1>{workshop.title}</h1>
          <p className={styles.summary}>{workshop.summary}</p>
        </div>
        <div className={styles.go}>
          {next === undefined
            ? <p className={styles.done}>{workshop.labs.length === 0 ? 'This workshop has no labs yet.' : 'Every lab is finished.'}</p>
            : <Link className={buttonClass('primary')} to={`/labs/${next.id}`}>{next.steps.some((step) => step.state !== 'untouched') ? 'Go on with' : 'Start'} lab {next.number}<ArrowRight size={17} aria-hidden /></Link>}
          <p className={styles.total}>{earned} of {pointWords(points)}</p>
        </div>
      </header>
      {aside}
      <ol className={styles.list}>{workshop.labs.map((lab) => <LabRow key={lab.id} lab={lab} next={lab.id === next?.id} />)}</ol>
    </div>
  );
};
