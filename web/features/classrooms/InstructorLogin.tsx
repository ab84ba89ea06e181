// The instructor's door.
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { api, asApiError } from '../../lib/api.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import styles from './JoinForm.module.css';

/** Calls `onDone` once signed in. */
export const InstructorLogin = ({ onDone }: { onDone: () => void }): ReactNode => {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<{ message: string; hint?: string | undefined }>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (password === '') {
      setProblem({ message: 'Type the password.' });
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      await api.login(password);
      onDone();
    } catch (error) {
      const { message, hint } = asApiError(error);
      setProblem({ message, hint });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} noValidate onSubmit={(event) => { void submit(event); }}>
      <input type="text" name="username" autoComplete="username" value="instructor" readOnly hidden />
      <Field label="Instructor password" type="password" name="password" autoComplete="current-password" value={password} onChange={setPassword} maxLength={200} autoFocus
        error={problem?.message} hint={problem?.hint} help="It was printed when the server first started." />
      <div><Button type="submit" look="primary" isPending={busy}>{busy ? 'Signing in…' : 'Open the board'}</Button></div>
    </form>
  );
};
