// How students get in: the join link and code, big enough for the last row.
import type { ReactNode } from 'react';
import type { BoardView } from '../../../server/contract/index.ts';
import { CopyButton } from '../../ui/CopyButton.tsx';
import styles from './Invitation.module.css';

const withoutScheme = (link: string): string => link.replace(/^https?:\/\//, '');

/** `big` is for the empty board, where joining is all there is to do. */
export const Invitation = ({ board, big }: { board: BoardView; big: boolean }): ReactNode => (
  <dl className={`${styles.invitation} ${big ? styles.big : ''}`}>
    <div>
      <dt>Join at</dt>
      <dd><span className={styles.link}>{withoutScheme(board.joinLink)}</span><CopyButton text={board.joinLink} name="Copy the join link" {...(big ? { label: 'Copy' } : {})} /></dd>
    </div>
    <div>
      <dt>Join code</dt>
      <dd><span className={styles.code}>{board.joinCode}</span><CopyButton text={board.joinCode} name="Copy the join code" {...(big ? { label: 'Copy' } : {})} /></dd>
    </div>
  </dl>
);
