// The real kubectl writes to the real API: manifests, generators with protobuf bodies, patches of every kind, deletion, waiting.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findKubectl, startApiFixture, type ApiFixture } from './apiFixture.ts';
import { deploymentYaml, podManifest } from './manifests.ts';

const skip = findKubectl() ? false : 'kubectl is not on PATH nor in PATCHBAY_KUBECTL';

describe('kubectl writes', { skip }, () => {
  let api: ApiFixture;
  before(async () => { api = await startApiFixture(); });
  after(() => api.close());
  const json = async (...argv: string[]) => JSON.parse(await api.kubectl('get', ...argv, '-o', 'json'));
  const stdin = async (argv: string[], input: string) => {
    const said = await api.run(argv, { input });
    assert.equal(said.code, 0, said.stderr);
    return said.stdout;
  };

  test('create -f validates, creates, refuses a second time', async () => {
    const manifest = JSON.stringify(podManifest('made'));
    assert.equal(await stdin(['create', '-f', '-'], manifest), 'pod/made created\n');
    const again = await api.run(['create', '-f', '-'], { input: manifest });
    assert.match(again.stderr, /Error from server \(AlreadyExists\): .*pods "made" already exists/);
    const typo = await api.run(['create', '-f', '-'], { input: manifest.replace('"image"', '"imagee"').replace('made', 'typo') });
    assert.match(typo.stderr, /strict decoding error: unknown field "spec\.containers\[0\]\.imagee"/);
  });

  test('generators send protobuf', async () => {
    await api.kubectl('create', 'deployment', 'gen', '--image=patchbay/web', '--replicas=3', '--port=80');
    const { spec } = await json('deployment', 'gen');
    assert.deepEqual([spec.replicas, spec.template.spec.containers[0].ports[0].containerPort, spec.template.spec.restartPolicy], [3, 80, 'Always']);
    await api.kubectl('create', 'configmap', 'cm', '--from-literal=a=b');
    assert.deepEqual((await json('configmap', 'cm')).data, { a: 'b' });
    await api.kubectl('create', 'secret', 'generic', 's', '--from-literal=p=x');
    assert.deepEqual((await json('secret', 's')).data, { p: 'eA==' });
    await api.kubectl('create', 'namespace', 'other');
    assert.equal((await json('namespace', 'other')).metadata.labels['kubernetes.io/metadata.name'], 'other');
    await api.kubectl('create', 'serviceaccount', 'sa');
    await api.kubectl('create', 'service', 'clusterip', 'svc', '--tcp=80:8080');
    assert.deepEqual((await json('service', 'svc')).spec.ports, [{ name: '80-8080', port: 80, protocol: 'TCP', targetPort: 8080 }]);
  });

  test('run and expose', async () => {
    await api.kubectl('run', 'ran', '--image=patchbay/web', '--port=80', '--labels=app=ran', '--', 'sleep', '1');
    assert.deepEqual((await json('pod', 'ran')).spec.containers[0].args, ['sleep', '1']);
    await api.kubectl('expose', 'pod', 'ran', '--port=8080', '--target-port=80');
    assert.deepEqual((await json('service', 'ran')).spec.selector, { app: 'ran' });
    await api.kubectl('expose', 'deployment', 'gen', '--port=80', '--name=gen');
    assert.match(await api.kubectl('get', 'service', 'gen', '-o', 'wide'), /gen +ClusterIP +10\.96\.\d+\.\d+ +<none> +80\/TCP +\d+s +app=gen/);
    assert.match(await api.kubectl('describe', 'service', 'gen'), /Type: +ClusterIP[^]*TargetPort: +80\/TCP/);
  });

  test('apply creates, changes, keeps what others own, and says unchanged', async () => {
    assert.equal(await stdin(['apply', '-f', '-'], deploymentYaml('app', 'a:1')), 'deployment.apps/app created\n');
    assert.equal(await stdin(['apply', '-f', '-'], deploymentYaml('app', 'a:1')), 'deployment.apps/app unchanged\n');
    await api.kubectl('scale', 'deployment', 'app', '--replicas=5');
    await api.kubectl('set', 'env', 'deployment/app', 'B=2');
    const changed = deploymentYaml('app', 'a:2').replace('  replicas: 2\n', '').replace('        - {containerPort: 443}\n', '');
    assert.equal(await stdin(['apply', '-f', '-'], changed), 'deployment.apps/app configured\n');
    const { spec } = await json('deployment', 'app');
    const [container] = spec.template.spec.containers;
    assert.equal(container.image, 'a:2');
    assert.deepEqual(container.env, [{ name: 'A', value: '1' }, { name: 'B', value: '2' }]);
    assert.deepEqual(container.ports, [{ containerPort: 80, protocol: 'TCP' }]);
  });

  test('apply --server-side owns fields and reports conflicts', async () => {
    const manifest = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {k: ${value}}\n`;
    assert.match(await stdin(['apply', '--server-side', '-f', '-'], manifest('a')), /serverside-applied/);
    const conflict = await api.run(['apply', '--server-side', '--field-manager=other', '-f', '-'], { input: manifest('b') });
    assert.match(conflict.stderr, /conflict with "kubectl".*\.data\.k/s);
    await stdin(['apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', '-'], manifest('b'));
    assert.equal((await json('configmap', 'owned')).data.k, 'b');
  });

  test('diff and dry runs change nothing', async () => {
    const changed = deploymentYaml('app', 'a:3');
    const diff = await api.run(['diff', '-f', '-'], { input: changed });
    assert.equal(diff.code, 1, diff.stderr);
    assert.match(diff.stdout, /^\+ +(- )?image: a:3$/m);
    assert.match(await stdin(['apply', '--dry-run=server', '-f', '-'], changed), /configured \(server dry run\)/);
    assert.match(await api.kubectl('delete', 'deployment', 'app', '--dry-run=server'), /deleted \(server dry run\)|deleted.*server dry run/);
    assert.equal((await json('deployment', 'app')).spec.template.spec.containers[0].image, 'a:2');
  });

  test('label, annotate, patch, replace, edit, scale, rollout, taint', async () => {
    await api.kubectl('label', 'deployment', 'app', 'tier=front');
    await api.kubectl('annotate', 'deployment', 'app', 'note=x');
    await api.kubectl('patch', 'deployment', 'app', '-p', '{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"a:4"}]}}}}');
    await api.kubectl('patch', 'deployment', 'app', '--type=merge', '-p', '{"spec":{"minReadySeconds":2}}');
    await api.kubectl('patch', 'deployment', 'app', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":4}]');
    await api.kubectl('scale', 'deployment', 'app', '--current-replicas=4', '--replicas=1');
    await api.kubectl('rollout', 'restart', 'deployment', 'app');
    const editor = join(api.folder, 'editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/minReadySeconds: 2/minReadySeconds: 7/" "$1"\n');
    chmodSync(editor, 0o700);
    const edited = await api.run(['edit', 'deployment', 'app'], { env: { KUBE_EDITOR: editor } });
    assert.equal(edited.stdout, 'deployment.apps/app edited\n', edited.stderr);
    const { metadata, spec } = await json('deployment', 'app');
    assert.deepEqual([metadata.labels.tier, metadata.annotations.note, spec.minReadySeconds, spec.replicas], ['front', 'x', 7, 1]);
    assert.deepEqual([spec.template.spec.containers[0].image, spec.template.spec.containers[0].ports.length], ['a:4', 1]);
    assert.ok(spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt']);
    const configMap = await json('configmap', 'cm');
    await stdin(['replace', '-f', '-'], JSON.stringify({ ...configMap, data: { a: 'c' } }));
    const stale = await api.run(['replace', '-f', '-'], { input: JSON.stringify(configMap) });
    assert.match(stale.stderr, /Error from server \(Conflict\).*the object has been modified/);
    await api.kubectl('taint', 'node', 'worker', 'k=v:NoSchedule');
    await api.kubectl('cordon', 'worker');
    assert.match(await api.kubectl('get', 'nodes'), /worker +\S*SchedulingDisabled/);
    await api.kubectl('uncordon', 'worker');
  });

  test('drain evicts what the node runs', async () => {
    await stdin(['create', '-f', '-'], JSON.stringify(podManifest('evicted')));
    api.setRunning('evicted');
    const said = await api.run(['drain', 'worker', '--force', '--ignore-daemonsets', '--grace-period=0', '--timeout=20s']);
    assert.match(said.stdout, /pod\/evicted evicted\nnode\/worker drained/, said.stderr);
    await api.kubectl('uncordon', 'worker');
  });

  test('acting as another user has that user\'s rights', async () => {
    assert.match((await api.run(['get', 'pods', '--as=somebody'])).stderr, /User "somebody" cannot list resource "pods"/);
  });

  test('wait sees a condition come, and a deletion', async () => {
    const ready = api.run(['wait', '--for=condition=Ready', 'pod/made', '--timeout=20s']);
    api.setRunning('made');
    assert.deepEqual(await ready, { code: 0, stdout: 'pod/made condition met\n', stderr: '' });
    const gone = api.run(['wait', '--for=delete', 'pod/ran', '--timeout=20s']);
    await api.kubectl('delete', 'pod', 'ran', '--now');
    assert.equal((await gone).code, 0);
  });

  test('delete waits until the object is gone; a running pod goes when its node says so', async () => {
    const deletion = api.run(['delete', 'pod', 'made', '--grace-period=5']);
    const pods = { resource: { group: '', version: 'v1', resource: 'pods' }, namespace: 'default' };
    const terminating = new Promise<void>((resolve) => {
      const watch = api.registry.watch(pods, { fieldSelector: 'metadata.name=made' }, ({ object }) => {
        if (object.metadata.deletionTimestamp) setImmediate(() => { watch.dispose(); resolve(); });
      });
    });
    await terminating;
    assert.match(await api.kubectl('get', 'pods'), /made +1\/1 +Terminating/);
    api.registry.delete({ ...pods, name: 'made' }, { gracePeriodSeconds: 0 });
    assert.equal((await deletion).code, 0);
    assert.match(await api.kubectl('delete', 'deployment', 'gen', '--wait=true'), /deployment\.apps "gen" deleted/);
    assert.match(await api.kubectl('delete', 'configmaps', '--all'), /"cm" deleted/);
    assert.equal((await json('configmaps')).items.length, 0);
  });
});
