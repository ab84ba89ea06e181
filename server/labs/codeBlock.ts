// What the words after a fence's language mean: run, file, check, quiz, or plain code.
import { MachineName } from '../contract/index.ts';

/** A fence's info string, understood. */
export type FenceKind =
  | { kind: 'run'; language: string; machine: string }
  | { kind: 'file'; language: string; path: string }
  | { kind: 'check' }
  | { kind: 'quiz' }
  | { kind: 'code'; language: string };

const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/;

/** Understands an info string; a string is the sentence of what is wrong with it. */
export function tryFence(info: string): FenceKind | string {
  const [language = '', ...words] = info.trim().split(/\s+/);
  if (language === 'check' || language === 'quiz') return words.length === 0 ? { kind: language } : `A ${language} block takes no words after "${language}".`;
  const file = words.find((word) => word.startsWith('file='));
  if (file !== undefined) {
    const path = file.slice('file='.length);
    if (words.length > 1) return 'A file block takes only file=NAME.';
    if (!fileName.test(path)) return `"${path}" is not a plain file name. Files are saved into the lab folder itself, e.g. file=web.yaml.`;
    return { kind: 'file', language, path };
  }
  if (words[0] === 'run') {
    if (language !== 'bash') return 'A run block is written ```bash run.';
    const rest = words.slice(1);
    const on = rest[0]?.startsWith('on=') ? rest[0].slice('on='.length) : undefined;
    if (rest.length > 1 || (rest.length === 1 && on === undefined)) return `Unknown words "${rest.join(' ')}" after run. Only on=MACHINE may follow.`;
    const machine = on ?? 'workstation';
    if (!MachineName.safeParse(machine).success || !/^(workstation|outside|control-plane|worker[2-9]?)$/.test(machine)) return `There is no machine "${machine}". Use workstation, control-plane, worker, worker2 or outside.`;
    return { kind: 'run', language, machine };
  }
  if (words.length > 0) return `Unknown words "${words.join(' ')}" after ${language}. A block may say run, run on=MACHINE or file=NAME.`;
  return { kind: 'code', language };
}
