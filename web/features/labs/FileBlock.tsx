// A file of the lab with a Save button that writes it to the workstation.
import { FileText, Save } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Block } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { Button } from '../../ui/Button.tsx';
import { CodeFrame } from './CodeFrame.tsx';
import styles from './FileBlock.module.css';

/** Tells where the file is once it is saved. */
export const FileBlock = ({ labId, block }: { labId: string; block: Extract<Block, { type: 'file' }> }): ReactNode => {
  const [note, setNote] = useState<ReactNode>();
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const { path } = await api.saveFile(labId, block.id);
      setNote(<span>Saved on the workstation as <code>{path}</code></span>);
    } catch (error) {
      const { message, hint } = asApiError(error);
      setNote(<span className={styles.problem}>{message} {hint}</span>);
    } finally {
      setBusy(false);
    }
  };
  return (
    <CodeFrame code={block.code} html={block.html} note={note}
      label={<><FileText size={15} aria-hidden /><span className={styles.path}>{block.path}</span></>}
      actions={<Button size="small" look="quiet" isPending={busy} aria-label={`Save ${block.path} on the workstation`} onPress={() => { void save(); }}><Save size={14} aria-hidden />Save</Button>} />
  );
};
