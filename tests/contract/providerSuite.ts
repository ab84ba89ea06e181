// What every provider must do, run on each implementation.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Provider, Stage } from '../../server/clusters/index.ts';

/** `finish` lets a provider that waits for the test go on; `full` also proves what a live cluster does. */
export function testProvider(name: string, open: () => Promise<{ provider: Provider; finish?: () => void; close(): Promise<void>; full: boolean }>): void {
  describe(`provider contract: ${name}`, async () => {
    const { provider, finish, close, full } = await open();
    after(close);
    const signal = AbortSignal.timeout(60_000);
    const provision = (cluster: string, stages: Stage[] = [], abort = signal) => {
      const made = provider.provision({ name: cluster, nodes: 3, egress: false }, { signal: abort, onStage: (stage) => stages.push(stage) });
      finish?.();
      return made;
    };

    test('preflight answers with findings', async () => {
      for (const finding of await provider.preflight()) assert.deepEqual([typeof finding.ok, finding.title.length > 0, finding.ok || !finding.blocking], ['boolean', true, true], finding.detail);
    });

    test('a provisioned cluster is listed, opened again, and gone after removal', async () => {
      const stages: Stage[] = [];
      const made = await provision('contract', stages);
      assert.equal(made.name, 'contract');
      assert.deepEqual((await provider.list()).map((cluster) => [cluster.name, cluster.state]), [['contract', 'running']]);
      assert.equal((await provider.tryOpen('contract'))?.name, 'contract');
      for (let at = 1; at < stages.length; at += 1) assert.ok(stages[at]!.fraction >= stages[at - 1]!.fraction, 'stages only advance');
      await provider.remove('contract');
      assert.deepEqual(await provider.list(), []);
      assert.equal(await provider.tryOpen('contract'), undefined);
    });

    test('only a stopped cluster is started again', async () => {
      const context = { signal, onStage() {} };
      assert.equal(await provider.tryRestart('never-made', context), undefined);
      await provision('runs');
      assert.equal(await provider.tryRestart('runs', context), undefined);
      await provider.remove('runs');
    });

    test('removing an absent cluster is fine', async () => {
      await provider.remove('never-made');
    });

    test('an abort leaves nothing behind', async () => {
      const abort = new AbortController();
      const made = provider.provision({ name: 'aborted', nodes: 3, egress: false }, { signal: abort.signal, onStage() {} });
      abort.abort();
      await assert.rejects(made);
      assert.deepEqual(await provider.list(), []);
    });

    if (!full) return;

    test('a ready cluster answers to every part of its handle', async () => {
      const cluster = await provision('whole');
      try {
        assert.deepEqual(cluster.machines.map((machine) => machine.name), ['control-plane', 'worker', 'worker2', 'workstation', 'outside']);
        const nodes = await cluster.kube.list({ apiVersion: 'v1', resource: 'nodes' });
        assert.deepEqual(nodes.items.map((node) => node.metadata.name).sort(), ['control-plane', 'worker', 'worker2']);
        const said = await cluster.run('workstation', ['kubectl', 'get', 'nodes', '-o', 'name']);
        assert.deepEqual([said.code, said.stdout.trim().split('\n').length], [0, 3]);
        assert.match(await cluster.kubeconfig(), /server: https:\/\//);
        assert.throws(() => cluster.shell('nowhere'), /no machine named nowhere/);
        await assert.rejects(async () => cluster.run('nowhere', ['true']), /no machine named nowhere/);
        assert.equal((await cluster.run('worker', ['sh', '-c', 'exit 7'])).code, 7);
        assert.equal(await cluster.kube.get({ apiVersion: 'v1', resource: 'pods', namespace: 'default' }, 'absent'), undefined);
        const [refused] = await cluster.prober.connect({ kind: 'machine', name: 'workstation' }, [{ id: 'a', host: cluster.machines[1]!.address, port: 9, protocol: 'tcp', timeoutMs: 1_000 }]);
        assert.equal(refused?.outcome, 'refused');
        const [answer] = await cluster.prober.resolve({ kind: 'machine', name: 'workstation' }, [{ id: 'k', name: 'kubernetes.default.svc.cluster.local', type: 'A' }]);
        assert.deepEqual(answer?.records.map((record) => record.data), ['10.96.0.1']);
      } finally {
        await provider.remove('whole');
      }
    });
  });
}
