// Measures how soon a check turns green after the change that satisfies it, as a page hears it on the events socket. Prints JSON.
import { availableParallelism } from 'node:os';
import { LiveServer } from '../support/liveServer.ts';
import { ShellSocket } from '../support/shellSocket.ts';

const RUNS = 9;
const LAB = 'reach-a-pod';
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const summary = (values: number[]) => ({ median: Math.round(median(values)), min: Math.round(Math.min(...values)), max: Math.round(Math.max(...values)), runs: values.length });

await using server = await LiveServer.start();
const student = await server.join('Bench');
const events = await student.socket('/api/v1/events');
await events.until('a ready cluster', ({ session, cluster = session?.cluster }) => cluster?.state === 'ready');
await student.post(`/api/v1/labs/${LAB}/open`);
const shell = await ShellSocket.open(student, 'workstation');
// When each message came, by its place in the list.
const heard: number[] = [];
events.websocket.on('message', () => heard.push(performance.now()));
const offset = events.messages.length;

/** Resolves with the time at which the check was first heard with this verdict, among messages from `from` on. */
async function untilHeard(check: string, kind: string, from: number): Promise<number> {
  const fits = (message: { type: string; check?: { id: string; verdict?: { kind: string } } }) => message.type === 'check' && message.check?.id === check && message.check.verdict?.kind === kind;
  await events.until(`${check} ${kind}`, fits, from);
  return heard[events.messages.findIndex((message, index) => index >= from && fits(message)) - offset]!;
}

/** kubectl ends when the API has acknowledged the change; `kubectl wait` when the pod is seen Ready. */
async function measure(change: string, check: string, undo: string): Promise<number[]> {
  const taken: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const from = events.messages.length;
    await shell.run(change);
    const acknowledged = performance.now();
    const passed = await untilHeard(check, 'passed', from);
    if (run > 0) taken.push(Math.max(0, passed - acknowledged)); // the first run warms up
    const undone = events.messages.length;
    await shell.run(undo);
    await untilHeard(check, 'failed', undone);
  }
  return taken;
}

events.send({ type: 'watching', labId: LAB, stepId: 'reach-it-from-a-node' });
const fromCreation = await measure('kubectl run web --image=patchbay/web', 'node-reaches-pod', 'kubectl delete pod web --now');
const fromReady = await measure('kubectl run web --image=patchbay/web; kubectl wait --for=condition=Ready pod/web --timeout=20s', 'node-reaches-pod', 'kubectl delete pod web --now');

console.log(JSON.stringify({
  bench: 'checks',
  cores: availableParallelism(),
  milliseconds: { podCreatedToPassedEvent: summary(fromCreation), podReadyToPassedEvent: summary(fromReady) },
}, null, 2));
