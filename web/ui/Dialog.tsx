// Modal dialogs: a plain one, a side drawer, and a question that names what is lost.
import { X } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from './Button.tsx';
import styles from './Dialog.module.css';

/** Open while `isOpen`; Escape and a press outside close it. `side` puts it at the right edge, full height. */
export const Dialog = ({ title, isOpen, onClose, children, side = false }: {
  title: string; isOpen: boolean; onClose: () => void; children: ReactNode; side?: boolean;
}): ReactNode => (
  <ModalOverlay isOpen={isOpen} onOpenChange={(open) => { if (!open) onClose(); }} isDismissable className={`${styles.overlay} ${side ? styles.toSide : ''}`}>
    <Modal className={`${styles.modal} ${side ? styles.side : ''}`}>
      <AriaDialog className={styles.dialog ?? ''}>
        <header className={styles.head}>
          <Heading slot="title" className={styles.title ?? ''}>{title}</Heading>
          <Button look="quiet" size="small" iconOnly aria-label="Close" onPress={onClose}><X size={18} aria-hidden /></Button>
        </header>
        <div className={styles.body}>{children}</div>
      </AriaDialog>
    </Modal>
  </ModalOverlay>
);

/** Asks before something is lost. `onConfirm` may take its time and may throw a sentence, which is shown. */
export const Confirm = ({ title, children, verb, isOpen, onClose, onConfirm }: {
  title: string; children: ReactNode; verb: string; isOpen: boolean; onClose: () => void; onConfirm: () => Promise<void>;
}): ReactNode => {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const close = (): void => { setProblem(undefined); onClose(); };
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await onConfirm();
      close();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'That did not work.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} isOpen={isOpen} onClose={close}>
      <div className={styles.words}>{children}</div>
      {problem !== undefined && <p className={styles.problem} role="alert">{problem}</p>}
      <div className={styles.actions}>
        <Button look="outline" onPress={close} autoFocus>Keep it as it is</Button>
        <Button look="danger" isPending={busy} onPress={() => { void confirm(); }}>{verb}</Button>
      </div>
    </Dialog>
  );
};
