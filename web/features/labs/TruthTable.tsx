// A truth table of connections: who may reach whom, each cell a jack with its word.
import type { ReactNode } from 'react';
import type { Verdict } from '../../../server/contract/index.ts';
import { verdictWords } from '../../lib/verdictWords.ts';
import { Jack } from '../../ui/Jack.tsx';
import styles from './TruthTable.module.css';

/** Scrolls sideways when it is wider than the text. */
export const TruthTable = ({ table, title }: { table: NonNullable<Verdict['table']>; title: string }): ReactNode => (
  <div className={styles.scroll} tabIndex={0} role="group" aria-label={`What was tried for: ${title}`}>
    <table className={styles.table}>
      <thead>
        <tr><td />{table.columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr>
      </thead>
      <tbody>
        {table.rows.map((row) => (
          <tr key={row.label}>
            <th scope="row">{row.label}</th>
            {row.cells.map((cell, index) => (
              <td key={table.columns[index] ?? index}>
                <span className={styles.cell}><Jack state={cell.kind} size={15} /><span className={styles[cell.kind]}>{cell.text}</span><span className="visuallyHidden">, {verdictWords[cell.kind]}</span></span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
