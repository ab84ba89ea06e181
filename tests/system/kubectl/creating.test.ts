// Every sub-command of `kubectl create` and its like: what the real binary sends, mostly protobuf, arrives as it was meant.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { kubectls, openKubectl, openLiveCluster, type Kubectl, type LiveCluster } from './liveKubectl.ts';

type Found = Record<string, unknown> & { spec: Record<string, unknown> };

describe('creating', { skip: kubectls[0]!.missing }, () => {
  let live: LiveCluster;
  before(async () => { live = await openLiveCluster('creating'); });
  after(() => live[Symbol.asyncDispose]());

  for (const { label, short, file, missing } of kubectls) {
    describe(label, { skip: missing, concurrency: 3, timeout: 60_000 }, () => {
      let k: Kubectl;
      before(async () => { k = await openKubectl(live, file, `made-${short}`); });
      const cluster = (name: string) => `${name}-${short}`;

      test('configmap, secret, serviceaccount, token', async () => {
        assert.equal(await k.ok('create configmap cm --from-literal=a=b'), 'configmap/cm created\n');
        assert.equal(await k.ok('create secret docker-registry reg --docker-server=r --docker-username=u --docker-password=p'), 'secret/reg created\n');
        assert.equal(await k.ok('get secret reg -o jsonpath={.type}'), 'kubernetes.io/dockerconfigjson');
        const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x', '-keyout', 'k.pem', '-out', 'c.pem'], { cwd: k.cwd, timeout: 20_000 });
        assert.equal(made.status, 0);
        assert.equal(await k.ok('create secret tls certificate --cert=c.pem --key=k.pem'), 'secret/certificate created\n');
        assert.match(await k.ok('get secret certificate'), /certificate +kubernetes\.io\/tls +2 /);
        assert.equal(await k.ok('create serviceaccount robot'), 'serviceaccount/robot created\n');
        const token = await k.ok('create token robot --duration=10m');
        const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: string; exp: number; iat: number };
        assert.deepEqual([claims.sub, claims.exp - claims.iat], [`system:serviceaccount:${k.namespace}:robot`, 600]);
        assert.match((await k.run(['create', 'token', 'nobody'])).stderr, /serviceaccounts "nobody" not found/);
      });

      test('role, rolebinding, clusterrole, clusterrolebinding: and what they allow', async () => {
        await k.ok('create serviceaccount reader');
        const who = `--as=system:serviceaccount:${k.namespace}:reader`;
        assert.equal(await k.run(['auth', 'can-i', 'list', 'pods', who]).then((said) => said.stdout), 'no\n');
        assert.equal(await k.ok('create role reads --verb=get,list --resource=pods,services'), 'role.rbac.authorization.k8s.io/reads created\n');
        assert.equal(await k.ok(`create rolebinding reads --role=reads --serviceaccount=${k.namespace}:reader`), 'rolebinding.rbac.authorization.k8s.io/reads created\n');
        assert.equal(await k.ok(['auth', 'can-i', 'list', 'pods', who]), 'yes\n');
        assert.equal(await k.ok(`create clusterrole ${cluster('nodes')} --verb=get --resource=nodes`), `clusterrole.rbac.authorization.k8s.io/${cluster('nodes')} created\n`);
        await k.ok(`create clusterrolebinding ${cluster('nodes')} --clusterrole=${cluster('nodes')} --serviceaccount=${k.namespace}:reader`);
        assert.equal(await k.ok(['auth', 'can-i', 'get', 'nodes', who]), 'yes\n');
        assert.match(await k.ok('describe role reads'), /pods +\[\] +\[\] +\[get list\]/);
      });

      test('deployment, job, cronjob, pod disruption budget, autoscale', async () => {
        await k.ok('create deployment web --image=patchbay/web --replicas=2 --port=80');
        const { spec } = await k.json<Found>('get deployment web');
        assert.deepEqual([spec['replicas'], (spec['template'] as Found).spec['restartPolicy'], spec['revisionHistoryLimit']], [2, 'Always', 10]);
        assert.equal(await k.ok('create job once --image=patchbay/toolbox -- true'), 'job.batch/once created\n');
        assert.equal(await k.ok('wait --for=condition=Complete job/once --timeout=40s'), 'job.batch/once condition met\n');
        assert.equal(await k.ok(['create', 'cronjob', 'often', '--image=patchbay/toolbox', '--schedule=*/5 * * * *', '--', 'true']), 'cronjob.batch/often created\n');
        assert.equal(await k.ok('create job manual --from=cronjob/often'), 'job.batch/manual created\n');
        assert.equal(await k.ok('create poddisruptionbudget keep --selector=app=web --min-available=1'), 'poddisruptionbudget.policy/keep created\n');
        assert.match((await k.run(['autoscale', 'deployment', 'web', '--min=1', '--max=3', '--cpu-percent=80'])).stdout, /^horizontalpodautoscaler\.autoscaling\/web autoscaled\n$/);
        assert.match(await k.ok('get hpa web'), /web +Deployment\/web +cpu: <unknown>\/80% +1 +3 /);
      });

      test('service of each type, namespace, run with its options', async () => {
        await k.ok('create service clusterip a --tcp=80:8080');
        await k.ok('create service nodeport b --tcp=80');
        await k.ok('create service loadbalancer c --tcp=80');
        await k.ok('create service externalname d --external-name=x.example');
        assert.deepEqual((await k.json<Found>('get service a')).spec['ports'], [{ name: '80-8080', port: 80, protocol: 'TCP', targetPort: 8080 }]);
        assert.equal(await k.ok('get services -o jsonpath={.items[*].spec.type}'), 'ClusterIP NodePort LoadBalancer ExternalName');
        await k.ok(['run', 'ran', '--image=patchbay/toolbox', '--env=A=b', '--labels=x=y', '--port=99', '--restart=OnFailure', '--command', '--', 'sleep', '1000']);
        const pod = await k.json<Found>('get pod ran');
        const [container] = pod.spec['containers'] as Record<string, unknown>[];
        assert.deepEqual([container!['command'], container!['env'], container!['ports'], pod.spec['restartPolicy']], [['sleep', '1000'], [{ name: 'A', value: 'b' }], [{ containerPort: 99, protocol: 'TCP' }], 'OnFailure']);
      });
    });
  }
});
