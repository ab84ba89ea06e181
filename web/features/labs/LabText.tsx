// The left half of the workbench: the lab's text, its steps on a cable, its checks live.
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { LabState, LabSummary, LabView } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { putLab } from '../../lib/sessionStore.ts';
import { Button, buttonClass } from '../../ui/Button.tsx';
import { Cable } from '../../ui/Cable.tsx';
import { Confirm } from '../../ui/Dialog.tsx';
import { Jack } from '../../ui/Jack.tsx';
import { Blocks } from './Blocks.tsx';
import type { LabOnPage } from './useLab.ts';
import { earnedPoints, pointWords, stepJacks } from './progress.ts';
import type { Reading } from './useReading.ts';
import type { RunCommand } from './runCommand.ts';
import styles from './LabText.module.css';

const jackWords: Record<string, string> = { passed: 'passed', started: 'started', untouched: 'not started' };

const Opening = ({ onPage, clusterReady }: { onPage: LabOnPage; clusterReady: boolean }): ReactNode => {
  const { lab, state, openProblem } = onPage;
  if (lab !== undefined && lab.unmetNeeds.length > 0) {
    return (
      <div className={styles.notice} role="status">
        <h3><Jack state="broken" size={18} />This cluster cannot run this lab</h3>
        <ul>{lab.unmetNeeds.map((need) => <li key={need}>{need}</li>)}</ul>
        <p>You can read it; its checks stay off. Nothing here counts against you.</p>
      </div>
    );
  }
  if (openProblem !== undefined || state?.phase === 'failed') {
    return (
      <div className={styles.notice} role="status">
        <h3><Jack state="broken" size={18} />The lab could not be set up</h3>
        <p>{openProblem?.message ?? state?.detail ?? 'Its setup did not finish.'} {openProblem?.hint}</p>
        <div><Button size="small" look="outline" onPress={onPage.open}>Set it up again</Button></div>
      </div>
    );
  }
  if (!clusterReady) return <div className={styles.notice} role="status"><p><Jack state="waiting" size={16} />Checks start when your cluster is ready. Read ahead meanwhile.</p></div>;
  if (state?.phase === 'preparing' || state?.phase === 'closed') return <div className={styles.notice} role="status"><p><Jack state="waiting" size={16} />{state.detail ?? 'Setting up the lab in your cluster…'}</p></div>;
  return null;
};

const StepNav = ({ lab, state, reading }: { lab: LabView; state: LabState | undefined; reading: Reading }): ReactNode => {
  const at = lab.steps.findIndex((step) => step.id === reading.stepId);
  const jacks = stepJacks(lab, state);
  const stops = lab.steps.map((step, index) => {
    const jack = jacks[index] ?? 'untouched';
    return { id: step.id, title: step.title, state: jack, stateWords: jackWords[jack] ?? '', href: `#${step.id}` };
  });
  return (
    <nav className={styles.nav} aria-label="Steps of this lab">
      <Cable stops={stops} {...(reading.stepId === undefined ? {} : { current: reading.stepId })} label="Steps" onPick={reading.goTo} />
      <span className={styles.where}>{at < 0 ? `${lab.steps.length} steps` : `${at + 1} of ${lab.steps.length}`}</span>
      <span className={styles.points}>{earnedPoints(lab, state)} of {pointWords(lab.points)}</span>
    </nav>
  );
};

/** `next` is the lab that follows, when there is one. `setScroller` is given the element that scrolls. */
export const LabText = ({ onPage, reading, setScroller, run, clusterReady, next }: {
  onPage: LabOnPage & { lab: LabView }; reading: Reading; setScroller: (element: HTMLElement | null) => void; run: RunCommand; clusterReady: boolean; next: LabSummary | undefined;
}): ReactNode => {
  const { lab, state } = onPage;
  const [asking, setAsking] = useState(false);
  const jacks = stepJacks(lab, state);
  const passed = jacks.filter((jack) => jack === 'passed').length;
  const done = passed === lab.steps.length;
  return (
    <div className={styles.text}>
      <StepNav lab={lab} state={state} reading={reading} />
      <article className={styles.scroller} ref={setScroller} id="lab-text" tabIndex={-1} aria-label={lab.title}>
        <div className={styles.column}>
          <header className={styles.head}>
            <p className={styles.number}>Lab {lab.number}, about {lab.minutes} minutes</p>
            <h1>{lab.title}</h1>
            <p className={styles.summary}>{lab.summary}</p>
            {lab.objectives.length > 0 && (
              <details className={styles.objectives}><summary>What you can do afterwards</summary><ul>{lab.objectives.map((objective) => <li key={objective}>{objective}</li>)}</ul></details>
            )}
          </header>
          <Opening onPage={onPage} clusterReady={clusterReady} />
          <div className={styles.blocks}><Blocks labId={lab.id} blocks={lab.intro} state={state} run={run} /></div>
          <div className={styles.steps}>
            {lab.steps.map((step, index) => {
              const jack = jacks[index] ?? 'untouched';
              return (
                <section key={step.id} className={`${styles.step} ${jack === 'passed' ? styles.stepPassed : ''}`} data-step-id={step.id} aria-labelledby={`step-${step.id}`}>
                  <span className={styles.rail} aria-hidden="true"><Jack state={jack} size={20} /></span>
                  <h2 id={`step-${step.id}`} tabIndex={-1}><span className={styles.stepNumber}>{index + 1}</span>{step.title}{jack === 'passed' && <span className="visuallyHidden">, passed</span>}</h2>
                  <div className={styles.blocks}><Blocks labId={lab.id} blocks={step.blocks} state={state} run={run} /></div>
                </section>
              );
            })}
          </div>
          <footer className={styles.foot}>
            <p>{done ? `Every step has passed. ${next === undefined ? 'That was the last lab.' : ''}` : `${passed} of ${lab.steps.length} steps have passed.`}</p>
            <div className={styles.actions}>
              {next !== undefined && <Link className={buttonClass(done ? 'primary' : 'outline')} to={`/labs/${next.id}`}>Go on to lab {next.number}: {next.title}</Link>}
              <Button look="quiet" isDisabled={state?.phase !== 'open' && state?.phase !== 'failed'} onPress={() => setAsking(true)}><RotateCcw size={15} aria-hidden />Start over…</Button>
            </div>
          </footer>
        </div>
      </article>
      <Confirm title="Start this lab over?" verb="Start over" isOpen={asking} onClose={() => setAsking(false)}
        onConfirm={async () => { putLab(await api.startOver(lab.id).catch((error: unknown) => { throw asApiError(error); })); }}>
        <p>What you made in namespace <code>{lab.namespace}</code> is removed, and the lab's setup is applied again.</p>
        <p>Points you have earned stay. Your shells keep running.</p>
      </Confirm>
    </div>
  );
};
