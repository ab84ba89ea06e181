// A small workshop written to a folder and loaded as any other: one check of each kind of treatment.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadWorkshops, type Workshop } from '../../server/labs/index.ts';

const fence = '```';
const lab = `---
title: A sample lab
summary: Make a config map, and answer what the cluster says about itself.
minutes: 5
objectives:
  - Make an object
---

Welcome to {{ namespace }}, beside {{ node.worker.ip }}.

## Make it

${fence}bash run
kubectl create configmap mine --from-literal=a=b
${fence}

${fence}yaml file=mine.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: mine
${fence}

${fence}check
id: made
type: resource
title: The config map says b
points: 2
kind: ConfigMap
name: mine
expect:
  - path: .data.a
    equals: b
${fence}

${fence}check
id: system-there
type: resource
title: The system namespace is there
guard: true
kind: Namespace
clusterScoped: true
name: kube-system
expect:
  - path: .metadata.name
    equals: kube-system
${fence}

## Say it

${fence}check
id: worker-address
type: answer
title: You know the worker's address
label: The address of the worker
form: address
expect:
  machine:
    name: worker
${fence}

${fence}quiz
id: which
question: Which one is right?
choices:
  - text: This one
    correct: true
  - text: That one
explanation: Because it is this one.
${fence}

## Read it

A step with nothing to check: it is done once it was read.
`;

/** Writes it below `folder` and loads it; throws when lint finds anything but missing scripts. */
export async function loadSampleWorkshop(folder: string): Promise<Workshop[]> {
  const root = join(folder, 'sample');
  mkdirSync(join(root, '01-first', 'files'), { recursive: true });
  writeFileSync(join(root, 'workshop.yaml'), 'title: Sample workshop\nsummary: A workshop that only tests follow.\n');
  writeFileSync(join(root, '01-first', 'lab.md'), lab);
  writeFileSync(join(root, '01-first', 'files', 'dot.png'), Buffer.from('89504e470d0a1a0a', 'hex'));
  const { workshops, problems } = await loadWorkshops([root]);
  const serious = problems.filter((problem) => !/has no solution|mistakes; a lab/.test(problem.message));
  if (serious.length > 0 || workshops[0]?.labs.length !== 1) throw new Error(`the sample workshop does not load: ${JSON.stringify(problems)}`);
  return workshops;
}
