// Pages that are one message: loading as a named stage, a refusal, a page that is not there, a student who was removed.
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ApiError } from '../lib/api.ts';
import { Button, buttonClass } from '../ui/Button.tsx';
import { Jack } from '../ui/Jack.tsx';
import styles from './Messages.module.css';

/** A title, a sentence or two, and what next. */
export const Message = ({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }): ReactNode => (
  <main id="main" tabIndex={-1} className={styles.message}>
    <svg className={styles.cable} viewBox="0 0 240 60" aria-hidden="true">
      <path d="M22 14C40 64 96 58 108 34" /><circle cx="22" cy="14" r="8" /><path d="M104 40l10-14" className={styles.plug} /><circle cx="216" cy="14" r="7.500" className={styles.open} />
    </svg>
    <h1>{title}</h1>
    {children !== undefined && <p>{children}</p>}
    {action !== undefined && <div>{action}</div>}
  </main>
);

/** What is being waited for, by name. It appears only when the wait is felt. */
export const Loading = ({ stage }: { stage: string }): ReactNode => (
  <main id="main" tabIndex={-1} className={styles.loading} role="status"><Jack state="waiting" size={18} />{stage}…</main>
);

/** A refusal of the server with its hint, and a way to try again. */
export const ProblemMessage = ({ problem, onRetry }: { problem: ApiError; onRetry: () => void }): ReactNode => (
  <Message title={problem.message} action={<Button look="primary" onPress={onRetry}>Try again</Button>}>{problem.hint}</Message>
);

export const NotFoundPage = (): ReactNode => (
  <Message title="Nothing is plugged in here" action={<Link className={buttonClass('primary')} to="/">Go to the workshop</Link>}>
    There is no page at this address. Look at the link again, or start from the workshop.
  </Message>
);
