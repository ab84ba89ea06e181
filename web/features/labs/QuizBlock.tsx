// A question judged by the server; it gives no points.
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import type { LabState, QuizResult, QuizView } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { announce } from '../../ui/LiveRegion.tsx';
import { Button } from '../../ui/Button.tsx';
import { Jack } from '../../ui/Jack.tsx';
import styles from './QuizBlock.module.css';

/** `given` is the answer from before, when there was one. */
export const QuizBlock = ({ labId, quiz, given }: { labId: string; quiz: QuizView; given: LabState['quizzes'][number] | undefined }): ReactNode => {
  const [picked, setPicked] = useState<readonly string[]>();
  const [result, setResult] = useState<QuizResult>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const choices = picked ?? given?.choices ?? [];
  const judged = picked === undefined && result === undefined ? given?.correct : result?.correct;
  const pick = (id: string, on: boolean): void => {
    setResult(undefined);
    setPicked(quiz.multiple ? (on ? [...choices, id] : choices.filter((choice) => choice !== id)) : [id]);
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await api.quiz(labId, quiz.id, choices);
      setResult(answer);
      announce(answer.correct ? 'Right.' : 'Not that one.');
    } catch (error) {
      setProblem(asApiError(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.quiz} onSubmit={(event) => { void submit(event); }}>
      <fieldset className={styles.choices}>
        <legend className={styles.question}>{quiz.question}</legend>
        {quiz.choices.map((choice) => (
          <label key={choice.id} className={styles.choice}>
            <input type={quiz.multiple ? 'checkbox' : 'radio'} name={quiz.id} checked={choices.includes(choice.id)} onChange={(event) => pick(choice.id, event.target.checked)} />
            <span dangerouslySetInnerHTML={{ __html: choice.html }} />
          </label>
        ))}
      </fieldset>
      <div className={styles.foot}>
        <Button type="submit" size="small" look="outline" isPending={busy} isDisabled={choices.length === 0}>Answer</Button>
        {judged !== undefined && (
          <p className={judged ? styles.right : styles.wrong}>
            <Jack state={judged ? 'passed' : 'failed'} size={18} />
            <span><strong>{judged ? 'Right.' : quiz.multiple ? 'Not quite these.' : 'Not that one.'}</strong> {result?.explanation ?? (judged ? '' : 'Try another.')}</span>
          </p>
        )}
        {problem !== undefined && <p className={styles.wrong} role="alert">{problem}</p>}
      </div>
    </form>
  );
};
