// The real kubectl reads from the real API: every output form, watches, describe, discovery, explain.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { findKubectl, startApiFixture, type ApiFixture } from './apiFixture.ts';
import { podManifest } from './manifests.ts';

const skip = findKubectl() ? false : 'kubectl is not on PATH nor in PATCHBAY_KUBECTL';

describe('kubectl reads', { skip }, () => {
  let api: ApiFixture;
  before(async () => {
    api = await startApiFixture();
    const pods = { resource: { group: '', version: 'v1', resource: 'pods' }, namespace: 'default' };
    for (const name of ['one', 'two']) api.registry.create(pods, podManifest(name));
    api.setRunning('one');
  });
  after(() => api.close());

  test('get shows tables, wide, with labels, without headers', async () => {
    assert.match(await api.kubectl('get', 'pods'), /^NAME +READY +STATUS +RESTARTS +AGE\none +1\/1 +Running +0 +\d+s\ntwo +0\/1 +Pending +0 +\d+s\n$/);
    assert.match(await api.kubectl('get', 'pods', '-o', 'wide'), /one .* 10\.244\.1\.5 +worker +<none> +<none>\n/);
    assert.match(await api.kubectl('get', 'po', '-A', '--show-labels', '--no-headers'), /^default +one +.*app=one\n/);
    assert.match(await api.kubectl('get', 'pods', '-L', 'app', '-l', 'app=two'), /APP\ntwo .* two\n/);
    assert.match(await api.kubectl('get', 'pods', '--sort-by=.metadata.name', '--field-selector', 'status.phase=Running'), /^NAME.*\none /);
  });

  test('get -o yaml, json, name, jsonpath, custom-columns', async () => {
    assert.match(await api.kubectl('get', 'pod', 'one', '-o', 'yaml'), /^apiVersion: v1\nkind: Pod\n/);
    const list = JSON.parse(await api.kubectl('get', 'pods', '-o', 'json')) as { kind: string; items: { kind: string; apiVersion: string }[] };
    assert.deepEqual([list.kind, list.items.length, list.items[0]!.kind, list.items[0]!.apiVersion], ['List', 2, 'Pod', 'v1']);
    assert.equal(await api.kubectl('get', 'pods', '-o', 'name'), 'pod/one\npod/two\n');
    assert.equal(await api.kubectl('get', 'pod', 'one', '-o', 'jsonpath={.status.podIP}'), '10.244.1.5');
    assert.match(await api.kubectl('get', 'pods', '-o', 'custom-columns=N:.metadata.name,P:.status.phase'), /N +P\none +Running\n/);
    assert.match(await api.kubectl('get', 'all'), /pod\/one/);
    assert.match(await api.kubectl('get', 'pod,nodes'), /pod\/one[^]*node\/worker/);
  });

  test('get with small pages gives all', async () => {
    assert.equal(await api.kubectl('get', 'pods', '--chunk-size=1', '-o', 'name'), 'pod/one\npod/two\n');
  });

  test('get -w prints each change', async () => {
    const child = api.start(['get', 'pods', '-w', '--output-watch-events']);
    let text = '';
    const seen = (wanted: RegExp) => new Promise<void>((resolve) => {
      const look = () => {
        if (wanted.test(text)) resolve();
        else child.stdout!.once('data', look);
      };
      look();
    });
    child.stdout!.on('data', (chunk) => { text += chunk; });
    await seen(/ADDED +two/);
    api.registry.create({ resource: { group: '', version: 'v1', resource: 'pods' }, namespace: 'default' }, podManifest('three'));
    await seen(/ADDED +three +0\/1 +Pending/);
    api.registry.delete({ resource: { group: '', version: 'v1', resource: 'pods' }, namespace: 'default', name: 'three' }, { gracePeriodSeconds: 0 });
    await seen(/DELETED +three/);
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  test('describe', async () => {
    assert.match(await api.kubectl('describe', 'pod', 'one'), /Name: +one[^]*Node: +worker[^]*Status: +Running[^]*Containers:\n +main:[^]*Ready: +True/);
    assert.match(await api.kubectl('describe', 'node', 'worker'), /Name: +worker[^]*Non-terminated Pods: +\(1 in total\)/);
    assert.match(await api.kubectl('describe', 'namespace', 'default'), /Name: +default\n[^]*Status: +Active/);
  });

  test('discovery, explain, version, who am I', async () => {
    assert.match(await api.kubectl('api-resources'), /deployments +deploy +apps\/v1 +true +Deployment/);
    assert.match(await api.kubectl('api-resources', '--api-group=networking.k8s.io', '-o', 'name'), /networkpolicies\.networking\.k8s\.io/);
    assert.match(await api.kubectl('api-versions'), /apps\/v1\n[^]*\nv1\n/);
    assert.match(await api.kubectl('explain', 'pod.spec.containers.ports'), /KIND: +Pod[^]*FIELD: ports <\[\]ContainerPort>[^]*containerPort\t<integer> -required-/);
    assert.match(await api.kubectl('explain', 'deployment', '--recursive'), /GROUP: +apps[^]*revisionHistoryLimit\t<integer>/);
    assert.match(await api.kubectl('version'), /Server Version: v1\.32\.0/);
    assert.match(await api.kubectl('auth', 'whoami'), /Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]/);
    assert.equal(await api.kubectl('auth', 'can-i', 'create', 'pods'), 'yes\n');
    assert.match(await api.kubectl('auth', 'can-i', '--list'), /\*\.\* +\[\] +\[\] +\[\*\]/);
    assert.match(await api.kubectl('get', '--raw', '/readyz?verbose'), /\[\+\]storage ok\nreadyz check passed/);
    assert.match(await api.kubectl('cluster-info'), /control plane.* is running at/);
  });
});
