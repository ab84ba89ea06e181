// The door for students: a code and a name.
import { useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { StudentName } from '../../../server/contract/index.ts';
import type { Joined } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { announce } from '../../ui/LiveRegion.tsx';
import { placeProblem } from './joinProblems.ts';
import type { JoinProblems } from './joinProblems.ts';
import styles from './JoinForm.module.css';

/** `code` is filled in when the link carried it. */
export const JoinForm = ({ code: given, onJoined }: { code: string; onJoined: (joined: Joined) => void }): ReactNode => {
  const [code, setCode] = useState(given);
  const [name, setName] = useState('');
  const [problems, setProblems] = useState<JoinProblems>({});
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const show = (found: JoinProblems): void => {
    setProblems(found);
    const first = found.code ?? found.name ?? found.form;
    if (first !== undefined) announce(`${first.message} ${first.hint ?? ''}`);
    const field = found.code !== undefined ? 'code' : found.name !== undefined ? 'name' : undefined;
    if (field !== undefined) form.current?.querySelector<HTMLInputElement>(`input[name=${field}]`)?.focus();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const typed = StudentName.safeParse(name);
    const missing: JoinProblems = {
      ...(code.trim() === '' ? { code: { message: 'Type the join code.', hint: 'Your instructor has it.' } } : {}),
      ...(typed.success ? {} : { name: { message: typed.error.issues[0]?.message ?? 'Type your name.' } }),
    };
    if (missing.code !== undefined || missing.name !== undefined) {
      show(missing);
      return;
    }
    setBusy(true);
    setProblems({});
    try {
      onJoined(await api.join(code.trim(), name));
    } catch (error) {
      show(placeProblem(asApiError(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form ref={form} className={styles.form} noValidate onSubmit={(event) => { void submit(event); }}>
      <Field label="Join code" name="code" value={code} onChange={setCode} mono autoComplete="off" spellCheck="false" maxLength={40} autoFocus={given === ''}
        error={problems.code?.message} hint={problems.code?.hint} help="Your instructor shows it." />
      <Field label="Your name" name="name" value={name} onChange={setName} autoComplete="name" maxLength={80} autoFocus={given !== ''}
        error={problems.name?.message} hint={problems.name?.hint} help="Your instructor sees it; other students do not." />
      {problems.form !== undefined && <p className={styles.problem} role="alert">{problems.form.message} <span>{problems.form.hint}</span></p>}
      <div><Button type="submit" look="primary" isPending={busy}>{busy ? 'Joining…' : 'Join the workshop'}</Button></div>
    </form>
  );
};
