// patchbay doctor: what this machine can do, and how to mend what it cannot.
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';
import { openProvider } from '../context.ts';

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor',
  summary: 'Says what this machine can do and what is missing, each with its fix.',
  words: [0, 0],
  options: {},
  optionHelp: {},
  async run({ say, answer }) {
    const { provider, data } = openProvider();
    const findings = await provider.preflight();
    provider.dispose();
    say(`Data folder: ${data}\nProvider: ${provider.id}\n`);
    for (const finding of findings) {
      say(`${finding.ok ? '✓' : finding.blocking ? '✗' : '!'} ${finding.title}: ${finding.detail}`);
      if (finding.fix) say(`    fix: ${finding.fix}`);
    }
    const ready = !findings.some((finding) => finding.blocking);
    say(ready ? '\nThis machine can run clusters.' : '\nThis machine cannot run clusters yet.');
    answer({ ready, provider: provider.id, data, findings });
    return ready ? exitCodes.ok : exitCodes.notReady;
  },
};
