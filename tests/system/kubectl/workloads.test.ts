// StatefulSets, DaemonSets, Jobs, CronJobs, budgets, autoscalers, service accounts, roles and taints on a live cluster, with the real kubectl.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kubectls, openKubectl, openLiveCluster, type Kubectl, type LiveCluster } from './liveKubectl.ts';

const ready = { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 } };
const template = (app: string, container: object) => ({ metadata: { labels: { app } }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'patchbay/web', ...container }] } });
const selector = (app: string) => ({ matchLabels: { app } });
const script = (text: string) => ({ template: { spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'patchbay/toolbox', command: ['sh', '-c', text] }] } } });
const list = (...items: object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

const db = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: { replicas: 2, serviceName: 'db', selector: selector('db'), template: template('db', ready) } };
const headless = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' }, spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] } };
const agent = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec: { selector: selector('agent'), template: template('agent', ready) } };
const sum = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'sum' }, spec: { completions: 3, parallelism: 3, completionMode: 'Indexed', ...script('echo index $JOB_COMPLETION_INDEX on $(hostname)') } };
const wrong = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'wrong' }, spec: { backoffLimit: 0, ...script('exit 3') } };
const tick = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick' }, spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: script('echo ticked') } } };
const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const ask = `for u in version api/v1/namespaces/$(cat ${account}/namespace)/pods api/v1/namespaces/kube-system/secrets; do
  curl -s -o /dev/null -w "%{http_code} " -m 5 --cacert ${account}/ca.crt -H "Authorization: Bearer $(cat ${account}/token)" https://kubernetes.default.svc/$u; done`;

describe('workloads', { skip: kubectls[0]!.missing }, () => {
  let live: LiveCluster;
  before(async () => { live = await openLiveCluster('workloads'); });
  after(() => live[Symbol.asyncDispose]());

  for (const { label, short, file, missing } of kubectls) {
    describe(label, { skip: missing, timeout: 120_000 }, () => {
      let k: Kubectl;
      before(async () => { k = await openKubectl(live, file, `work-${short}`); });

      test('a StatefulSet: stable names, ordered roll-out, history, undo, scale', async () => {
        await k.ok(['apply', '-f', '-'], list(headless, db));
        assert.match(await k.ok('rollout status statefulset/db --timeout=30s'), /partitioned roll out complete: 2 new pods have been updated/);
        const first = await k.json<{ metadata: { uid: string } }>('get pod db-0');
        assert.match(await k.ok('get statefulset db'), /NAME +READY +AGE\ndb +2\/2 /);
        await k.ok('set env statefulset/db COLOUR=red');
        await k.ok('rollout status statefulset/db --timeout=30s');
        const replaced = await k.json<{ metadata: { uid: string }; spec: { containers: { env: object[] }[]; hostname: string } }>('get pod db-0');
        assert.notEqual(replaced.metadata.uid, first.metadata.uid);
        assert.deepEqual([replaced.spec.hostname, replaced.spec.containers[0]!.env], ['db-0', [{ name: 'COLOUR', value: 'red' }]]);
        assert.match(await k.ok('rollout history statefulset/db'), /statefulset\.apps\/db \nREVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/);
        await k.ok('rollout undo statefulset/db');
        await k.ok('rollout status statefulset/db --timeout=30s');
        assert.equal(await k.ok(['get', 'pod', 'db-1', '-o', 'jsonpath={.spec.containers[0].env}']), '');
        assert.match(await k.ok('exec db-0 -- hostname -f'), /^db-0\.db\.work-[a-z]+\.svc\.cluster\.local\s/);
        await k.ok('scale statefulset db --replicas=1');
        await k.ok('wait --for=delete pod/db-1 --timeout=20s');
        assert.match(await k.ok('describe statefulset db'), /Pods Status: +1 Running[^]*SuccessfulDelete[^]*delete Pod db-1 in StatefulSet db successful/);
      });

      test('a DaemonSet: a pod on every worker, roll-out, history, undo', async () => {
        await k.ok(['apply', '-f', '-'], list(agent));
        assert.equal((await k.ok('rollout status daemonset/agent --timeout=30s')).split('\n').at(-2), 'daemon set "agent" successfully rolled out');
        const nodes = await k.ok(['get', 'pods', '-l', 'app=agent', '-o', 'jsonpath={.items[*].spec.nodeName}']);
        assert.deepEqual(nodes.split(' ').toSorted(), ['worker', 'worker2']);
        assert.match(await k.ok('get daemonset agent'), /agent +2 +2 +2 +2 +2 +<none> /);
        await k.ok('set env daemonset/agent COLOUR=red');
        await k.ok('rollout status daemonset/agent --timeout=30s');
        await k.ok('rollout undo daemonset/agent --to-revision=1');
        await k.ok('rollout status daemonset/agent --timeout=30s');
        assert.match(await k.ok('rollout history daemonset/agent'), /REVISION +CHANGE-CAUSE\n2 +<none>\n3 +<none>/);
        assert.equal(await k.ok(['get', 'pods', '-l', 'app=agent', '-o', 'jsonpath={.items[*].spec.containers[*].env}']), '');
      });

      test('Jobs complete, fail, and are made from a CronJob', async () => {
        await k.ok(['create', '-f', '-'], list(sum, wrong, tick));
        await k.ok('wait --for=condition=complete job/sum --timeout=30s');
        assert.match(await k.ok('logs -l job-name=sum --prefix=false'), /index 1 on sum-1/);
        assert.match(await k.ok('get job sum'), /sum +Complete +3\/3 /);
        await k.ok('wait --for=condition=failed job/wrong --timeout=30s');
        assert.match(await k.ok('describe job wrong'), /Pods Statuses: +0 Active \(0 Ready\) \/ 0 Succeeded \/ 1 Failed[^]*BackoffLimitExceeded +\S+ +job-controller +Job has reached the specified backoff limit/);
        await k.ok('create job now --from=cronjob/tick');
        await k.ok('wait --for=condition=complete job/now --timeout=30s');
        assert.equal(await k.ok('logs job/now'), 'ticked\n');
        assert.match(await k.ok('get cronjob tick'), /tick +0 0 1 1 \* +<none> +False +\d +<none> /);
        await k.ok('delete job sum wrong now');
        assert.equal(await k.ok('get pods -l batch.kubernetes.io/job-name -o name'), '');
      });

      test('a budget stops a drain; an autoscaler says that it has no metrics', async () => {
        await k.ok('create deployment web --image=patchbay/web --replicas=2');
        await k.ok('wait --for=condition=available deployment/web --timeout=30s');
        await k.ok('create poddisruptionbudget web --selector=app=web --min-available=2');
        await k.ok(['wait', '--for=jsonpath={.status.currentHealthy}=2', 'pdb/web', '--timeout=20s']);
        const pod = await k.ok(['get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}']);
        const node = await k.ok(['get', 'pod', pod, '-o', 'jsonpath={.spec.nodeName}']);
        const drain = ['drain', node, '--ignore-daemonsets', '--force', '--pod-selector=app=web'];
        const refused = await k.run([...drain, '--timeout=2s']);
        assert.match(refused.stderr, /Cannot evict pod as it would violate the pod's disruption budget/);
        await k.ok(['patch', 'poddisruptionbudget', 'web', '--type=merge', '-p', '{"spec":{"minAvailable":0}}']);
        await k.ok([...drain, '--timeout=40s']);
        assert.match(await k.ok(`describe node ${node}`), /Taints: +node\.kubernetes\.io\/unschedulable:NoSchedule/);
        await k.ok(`uncordon ${node}`);
        await k.ok('autoscale deployment web --min=3 --max=4 --cpu-percent=50');
        await k.ok(['wait', '--for=jsonpath={.status.availableReplicas}=3', 'deployment/web', '--timeout=30s']);
        assert.match(await k.ok('get hpa web'), /web +Deployment\/web +cpu: <unknown>\/50% +3 +4 +\d /);
        await k.ok('wait --for=condition=ScalingActive=False hpa/web --timeout=20s');
        assert.match(await k.ok('describe hpa web'), /ScalingActive +False +FailedGetResourceMetric[^]*SuccessfulRescale +\S+( \(x\d+ over \S+\))? +horizontal-pod-autoscaler +New size: 3; reason: Current number of replicas below Spec\.MinReplicas/);
      });

      test('a pod has its account\'s token, and may what its roles say', async () => {
        await k.ok(['run', 'box', '--image=patchbay/toolbox', '--overrides={"spec":{"terminationGracePeriodSeconds":1}}', '--', 'sleep', '3600']);
        await k.ok('wait --for=condition=Ready pod/box --timeout=20s');
        assert.equal(await k.ok(['exec', 'box', '--', 'sh', '-c', ask]), '200 403 403 ');
        const robot = `--as=system:serviceaccount:${k.namespace}:default`;
        assert.equal((await k.run(['auth', 'can-i', 'list', 'pods', robot])).stdout, 'no\n');
        await k.ok('create role reader --verb=get,list --resource=pods');
        await k.ok(`create rolebinding readers --role=reader --serviceaccount=${k.namespace}:default`);
        assert.equal(await k.ok(['exec', 'box', '--', 'sh', '-c', ask]), '200 200 403 ');
        assert.equal(await k.ok(['auth', 'can-i', 'list', 'pods', robot]), 'yes\n');
        await k.ok('create rolebinding jane --clusterrole=view --user=jane');
        assert.match(await k.ok('get pods --as=jane'), /box/);
        assert.match((await k.run(['delete', 'pod', 'box', '--as=jane'])).stderr, /pods "box" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace/);
        assert.match(await k.ok('create token default --duration=20m'), /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n?$/);
        const ghost = await k.run(['run', 'ghost', '--image=patchbay/web', '--overrides={"spec":{"serviceAccountName":"ghost"}}']);
        assert.match(ghost.stderr, /pods "ghost" is forbidden: error looking up service account work-[a-z]+\/ghost: serviceaccount "ghost" not found/);
      });

      test('NoExecute takes pods off a node', async () => {
        const node = await k.ok(['get', 'pod', 'box', '-o', 'jsonpath={.spec.nodeName}']);
        try {
          await k.ok(`taint node ${node} lab=off:NoExecute`);
          await k.ok('wait --for=delete pod/box --timeout=20s');
          assert.match(await k.ok('events --for=pod/box'), /TaintManagerEviction +Pod\/box +Marking for deletion Pod work-[a-z]+\/box/);
        } finally {
          await k.ok(`taint node ${node} lab-`);
        }
      });
    });
  }
});
