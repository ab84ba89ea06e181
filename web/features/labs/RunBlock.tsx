// Commands with a Run button that types them into the machine's terminal, and code that is only read.
import { Play, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Block } from '../../../server/contract/index.ts';
import { Button } from '../../ui/Button.tsx';
import { CodeFrame } from './CodeFrame.tsx';
import type { RunCommand } from './runCommand.ts';

/** Runs on request; says where it went, or why it did not and what to do instead. */
export const RunBlock = ({ block, run }: { block: Extract<Block, { type: 'run' }>; run: RunCommand }): ReactNode => {
  const [note, setNote] = useState<ReactNode>();
  const [busy, setBusy] = useState(false);
  const send = async (focus: boolean, fresh: boolean): Promise<void> => {
    setBusy(true);
    setNote(undefined);
    const outcome = await run(block.machine, block.code, { focus, fresh });
    setBusy(false);
    setNote(outcome.accepted
      ? `Sent to ${block.machine}.`
      : <><span>{outcome.reason ?? 'The terminal is busy with another command.'}</span><Button size="small" look="outline" onPress={(event) => { void send(event.pointerType !== 'keyboard', true); }}>Run in a new shell</Button></>);
  };
  return (
    <CodeFrame code={block.code} html={block.html} note={note}
      label={<><SquareTerminal size={15} aria-hidden />{block.machine}</>}
      actions={<Button size="small" look="quiet" isPending={busy} aria-label={`Run on ${block.machine}`} onPress={(event) => { void send(event.pointerType !== 'keyboard', false); }}><Play size={14} aria-hidden />Run</Button>} />
  );
};

/** Code without an action but copying. */
export const CodeBlock = ({ block }: { block: Extract<Block, { type: 'code' }> }): ReactNode => (
  <CodeFrame code={block.code} html={block.html} label={block.language === '' || block.language === 'text' ? 'Output' : block.language} />
);
