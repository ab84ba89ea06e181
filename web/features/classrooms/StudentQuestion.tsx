// What an instructor can do for one student, each asked before something is lost.
import { KeyRound, ListRestart, PanelRightOpen, RotateCcw, UserMinus } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { StudentRow } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Confirm, Dialog } from '../../ui/Dialog.tsx';
import type { MenuAction } from '../../ui/Menu.tsx';
import styles from './StudentQuestion.module.css';

export type Action = 'cluster' | 'progress' | 'link' | 'remove';
export interface Question {
  action: Action;
  student: StudentRow;
}

/** A student's menu. */
export const studentActions = (student: StudentRow, ask: (question: Question) => void, details: () => void): MenuAction[] => [
  { id: 'details', words: 'Show details', icon: <PanelRightOpen size={16} />, onPick: details },
  { id: 'cluster', words: 'Make a new cluster…', icon: <RotateCcw size={16} />, onPick: () => ask({ action: 'cluster', student }) },
  { id: 'progress', words: 'Reset progress…', icon: <ListRestart size={16} />, onPick: () => ask({ action: 'progress', student }) },
  { id: 'link', words: 'Issue a new personal link…', icon: <KeyRound size={16} />, onPick: () => ask({ action: 'link', student }) },
  { id: 'remove', words: 'Remove from the class…', icon: <UserMinus size={16} />, danger: true, onPick: () => ask({ action: 'remove', student }) },
];

const words: Record<Action, { title: (name: string) => string; verb: string; lost: readonly string[] }> = {
  cluster: { title: (name) => `Make a new cluster for ${name}?`, verb: 'Make a new cluster', lost: ['Everything in the old cluster goes, running shells too.', 'Earned points stay.'] },
  progress: { title: (name) => `Reset the progress of ${name}?`, verb: 'Reset the progress', lost: ['All earned points and attempts go, in every lab.', 'The cluster stays as it is.'] },
  link: { title: (name) => `Issue a new personal link for ${name}?`, verb: 'Issue a new link', lost: ['The old link stops working.', 'Browsers that are signed in may have to use the new one.'] },
  remove: { title: (name) => `Remove ${name} from the class?`, verb: 'Remove', lost: ['Their cluster, progress and attempts go.', 'They can join again under the same name, with nothing.'] },
};

/** Asks, acts, and shows a new link when there is one. */
export const StudentQuestion = ({ question, onClose }: { question: Question | undefined; onClose: () => void }): ReactNode => {
  const [issued, setIssued] = useState<{ name: string; link: string }>();
  const act = async ({ action, student }: Question): Promise<void> => {
    try {
      if (action === 'cluster') await api.resetStudent(student.sessionId, { cluster: true, progress: false });
      else if (action === 'progress') await api.resetStudent(student.sessionId, { cluster: false, progress: true });
      else if (action === 'remove') await api.removeStudent(student.sessionId);
      else setIssued({ name: student.name, link: new URL((await api.reissueLink(student.sessionId)).personalLink, location.origin).href });
    } catch (error) {
      throw asApiError(error);
    }
  };
  const asked = question === undefined ? undefined : words[question.action];
  return (
    <>
      {question !== undefined && asked !== undefined && (
        <Confirm title={asked.title(question.student.name)} verb={asked.verb} isOpen onClose={onClose} onConfirm={() => act(question)}>
          {asked.lost.map((sentence) => <p key={sentence}>{sentence}</p>)}
        </Confirm>
      )}
      <Dialog title={`New link for ${issued?.name ?? ''}`} isOpen={issued !== undefined} onClose={() => setIssued(undefined)}>
        <p>Give it to them yourself; it is shown only here.</p>
        <code className={styles.link}>{issued?.link}</code>
        <div><CopyButton text={issued?.link ?? ''} label="Copy the link" look="outline" size="medium" /></div>
      </Dialog>
    </>
  );
};
