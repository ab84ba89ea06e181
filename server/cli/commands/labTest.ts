// patchbay lab test PATH: proves labs on live clusters.
import { resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { PatchbayError } from '../../base/index.ts';
import { loadWorkshops } from '../../labs/index.ts';
import { formatProof, proveWorkshop } from '../../proving/index.ts';
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';
import { openProvider } from '../context.ts';

export const labTest: Command = {
  name: 'lab test',
  usage: 'lab test PATH [--only LAB]',
  summary: 'Runs every solution and mistake of the labs on live clusters.',
  words: [1, 1],
  options: { only: { type: 'string' } },
  optionHelp: { only: 'one lab, by its id' },
  async run({ words, options, say, answer, signal }) {
    const { workshops, problems } = await loadWorkshops([resolve(words[0]!)]);
    if (problems.length > 0) throw new PatchbayError('bad-labs', problems.map((problem) => `${problem.file}:${problem.line}: ${problem.message}`).join('\n'));
    const only = options['only'];
    const wanted = workshops.map((workshop) => ({ ...workshop, labs: workshop.labs.filter((lab) => !only || lab.id === only) })).filter((workshop) => workshop.labs.length > 0);
    if (wanted.length === 0) throw new PatchbayError('unknown-lab', only ? `There is no lab ${String(only)} in ${words[0]}.` : `There is no workshop in ${words[0]}.`);
    const { provider } = openProvider();
    const prefix = `prove-${process.pid.toString(36)}`;
    let count = 0;
    const proofs = [];
    try {
      for (const workshop of wanted) {
        proofs.push(await proveWorkshop(workshop, {
          newCluster: () => provider.provision({ name: `${prefix}-${(count += 1)}`, nodes: 3, egress: false }, { signal, onStage() {} }),
          release: (cluster) => provider.remove(cluster.name),
        }, { parallel: availableParallelism(), signal, onResult: (lab, run) => say(`  ${run.ok ? '✓' : '✗'} ${lab.id}: ${run.kind} ${run.kind === 'untouched' ? '' : run.name} (${(run.ms / 1000).toFixed(1)} s)`) }));
      }
    } finally {
      for (const cluster of await provider.list()) if (cluster.name.startsWith(`${prefix}-`)) await provider.remove(cluster.name);
      provider.dispose();
    }
    for (const proof of proofs.flatMap((workshop) => workshop.labs)) say(`\n${formatProof(proof)}`);
    answer({ ok: proofs.every((proof) => proof.ok), workshops: proofs });
    return proofs.every((proof) => proof.ok) ? exitCodes.ok : exitCodes.failed;
  },
};
