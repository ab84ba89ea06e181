// The blocks of a step in order, each made live.
import type { ReactNode } from 'react';
import type { Block, LabState } from '../../../server/contract/index.ts';
import { CheckBlock } from './CheckBlock.tsx';
import { FileBlock } from './FileBlock.tsx';
import { HintBlock } from './HintBlock.tsx';
import { Prose } from './Prose.tsx';
import { QuizBlock } from './QuizBlock.tsx';
import { CodeBlock, RunBlock } from './RunBlock.tsx';
import type { RunCommand } from './runCommand.ts';

const BlockView = ({ labId, block, state, run }: { labId: string; block: Block; state: LabState | undefined; run: RunCommand }): ReactNode => {
  switch (block.type) {
    case 'html': return <Prose html={block.html} />;
    case 'run': return <RunBlock block={block} run={run} />;
    case 'file': return <FileBlock labId={labId} block={block} />;
    case 'code': return <CodeBlock block={block} />;
    case 'check': return <CheckBlock labId={labId} check={block.check} state={state?.checks.find((check) => check.id === block.check.id)} ready={state?.phase === 'open'} />;
    case 'quiz': return <QuizBlock labId={labId} quiz={block.quiz} given={state?.quizzes.find((quiz) => quiz.id === block.quiz.id)} />;
    case 'hint': return <HintBlock title={block.title} html={block.html} />;
  }
};

/** Keys are positions: a lab's text does not reorder while it is read. */
export const Blocks = (props: { labId: string; blocks: readonly Block[]; state: LabState | undefined; run: RunCommand }): ReactNode =>
  props.blocks.map((block, index) => <BlockView key={index} labId={props.labId} block={block} state={props.state} run={props.run} />);
