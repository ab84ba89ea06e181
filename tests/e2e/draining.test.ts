// The end of a server: SIGTERM drains and leaves clusters running, `patchbay stop` leaves nothing.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { silentLogger } from '../../server/base/index.ts';
import { enginePaths } from '../../server/cli/context.ts';
import { createEngineHost } from '../../server/engine/index.ts';
import { LiveServer } from '../support/liveServer.ts';
import { tracesLeft, tracesOf } from '../support/sandboxTraces.ts';
import { ShellSocket } from '../support/shellSocket.ts';

const startOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
};
const runs = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** Processes that name the data folder in their arguments: ptyHost and the launchers of sandboxes. */
function processesOf(data: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(data) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

describe('the end of a server', () => {
  test('SIGTERM finishes what is under way, tells sockets, and leaves clusters and shells to the next server; stop leaves nothing', async () => {
    const server = await LiveServer.start();
    try {
      const ada = await server.join('Ada');
      const events = await ada.socket('/api/v1/events');
      await events.until('a ready cluster', ({ session, cluster = session?.cluster }) => cluster?.state === 'ready');
      const shell = await ShellSocket.open(ada, 'workstation');
      await shell.run('KEPT=yes');

      const from = events.messages.length;
      const renewing = ada.post('/api/v1/labs/reach-a-pod/open');
      await events.until('the lab being prepared', (message) => message.type === 'lab' && message.lab.phase === 'preparing', from);
      const ending = server.stop();
      const answer = await renewing;
      assert.equal(answer.status, 200, answer.text);
      await events.untilClosed();
      assert.equal(events.closed?.code, 4503);
      assert.equal(await ending, 0, server.output);
      assert.match(server.output, /Clusters and terminals keep running/);

      const host = createEngineHost(enginePaths(server.data), silentLogger);
      const [cluster] = await host.list();
      assert.ok(cluster?.initPid && runs(cluster.initPid), 'the cluster runs on');
      const born = startOf(cluster.initPid);
      const folder = join(server.data, 'clusters', cluster.name);
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${cluster.initPid}/status`, 'utf8'))![1]);
      assert.ok(processesOf(server.data).length >= 2, 'ptyHost and the sandbox run on');

      await server.restart();
      const [again] = await host.list();
      assert.deepEqual([again?.initPid, startOf(again!.initPid!)], [cluster.initPid, born], 'the same cluster');
      const back = await ada.socket(`/api/v1/terminals/${shell.id}/socket`);
      back.send({ type: 'open', cols: 500, rows: 50 });
      back.send({ type: 'input', data: 'echo "kept:$KEPT"\r' });
      await back.untilTrue('the same shell', () => back.drawn.includes('kept:yes'));
      back.close();

      const before = tracesOf(parent > 1 ? parent : cluster.initPid, folder);
      assert.ok(before.processes.size > 10 && before.namespaces.size > 10, 'the count before sees the cluster');
      const stop = server.patchbay('stop');
      assert.equal(stop.code, 0, stop.stderr);
      assert.match(stop.stdout, /Ended: the server, the terminals, 1 cluster\./);
      assert.deepEqual(tracesLeft(before, folder), { processes: [], namespaces: [], mounts: [], interfaces: [], cgroups: [] });
      assert.deepEqual(processesOf(server.data), []);
      assert.deepEqual(readdirSync(join(server.data, 'clusters')), []);
      assert.deepEqual(readdirSync(server.data).filter((name) => /sock$|server\.json/.test(name)), []);
      assert.equal(server.patchbay('stop').code, 0, 'may be called again');
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});
