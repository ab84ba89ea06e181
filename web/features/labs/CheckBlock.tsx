// A live check: what it proves, how it stands now, what was found and which way to look.
import { useEffect, useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import type { CheckState, CheckView } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { putCheck } from '../../lib/sessionStore.ts';
import { verdictWords } from '../../lib/verdictWords.ts';
import { Button } from '../../ui/Button.tsx';
import { Jack } from '../../ui/Jack.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { pointWords } from './progress.ts';
import { TruthTable } from './TruthTable.tsx';
import styles from './CheckBlock.module.css';

const worth = (check: CheckView, earned: boolean): string => {
  if (check.guard) return 'Must keep holding';
  return earned ? `${pointWords(check.points)} earned` : pointWords(check.points);
};

/** `ready` is false while the lab is not open: the check can be read but not run. */
export const CheckBlock = ({ labId, check, state, ready }: { labId: string; check: CheckView; state: CheckState | undefined; ready: boolean }): ReactNode => {
  const [answer, setAnswer] = useState(state?.answer ?? '');
  const [problem, setProblem] = useState<string>();
  const [asked, setAsked] = useState(false);
  const typed = useRef(false);
  // An answer given in another window or before a reload appears, unless something is being typed here.
  useEffect(() => { if (!typed.current && state?.answer !== undefined) setAnswer(state.answer); }, [state?.answer]);

  const verdict = state?.verdict;
  const busy = asked || state?.running === true;
  const run = async (): Promise<void> => {
    setAsked(true);
    setProblem(undefined);
    try {
      putCheck(labId, await api.runCheck(labId, check.id, check.input === undefined ? undefined : answer));
      typed.current = false;
    } catch (error) {
      const { message, hint } = asApiError(error);
      setProblem(hint === undefined ? message : `${message} ${hint}`);
    } finally {
      setAsked(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready && !busy && (check.input === undefined || answer.trim() !== '')) void run();
  };
  const button = (
    <Button type="submit" size="small" look="outline" isPending={busy} isDisabled={!ready || (check.input !== undefined && answer.trim() === '')} aria-label={`Check: ${check.title}`}>
      {busy ? 'Checking…' : 'Check'}
    </Button>
  );
  const earned = state?.earned === true;
  return (
    <section className={`${styles.check} ${verdict === undefined ? '' : styles[verdict.kind]}`} data-check-id={check.id} aria-label={`Check: ${check.title}`}>
      <form className={styles.head} onSubmit={submit}>
        <Jack state={verdict?.kind ?? (busy ? 'waiting' : 'untouched')} size={22} className={styles.jack ?? ''} />
        <div className={styles.title}>
          <h4>{check.title}</h4>
          <p className={styles.worth}>
            <span className={earned && !check.guard ? styles.earned : ''}>{worth(check, earned)}</span>
            {earned && verdict !== undefined && verdict.kind !== 'passed' && !check.guard && <span> (kept, though it does not hold now)</span>}
          </p>
        </div>
        {check.input === undefined ? button : (
          <label className={styles.answer}>
            <span>{check.input.label}</span>
            <span className={styles.entry}>
              <input value={answer} maxLength={4000} spellCheck={false} autoComplete="off" placeholder={check.input.placeholder} disabled={!ready}
                onChange={(event) => { typed.current = true; setAnswer(event.target.value); }} />
              {button}
            </span>
          </label>
        )}
      </form>
      {verdict !== undefined && (
        <div className={styles.finding}>
          <p><strong className={styles.verdict}>{verdictWords[verdict.kind]}.</strong> {verdict.finding}</p>
          {verdict.direction !== undefined && verdict.kind !== 'passed' && <p className={styles.direction}>{verdict.direction}</p>}
          {verdict.table !== undefined && <TruthTable table={verdict.table} title={check.title} />}
          <p className={styles.meta}>
            {state?.checkedAt !== undefined && <>Checked <RelativeTime at={state.checkedAt} /></>}
            {(state?.attempts ?? 0) > 1 && `, ${state?.attempts} attempts`}
          </p>
        </div>
      )}
      {problem !== undefined && <p className={styles.problem} role="alert">{problem}</p>}
    </section>
  );
};
