// The real kubectl through a day: workloads, Services, changes of every kind, waiting, deleting, on a live cluster.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kubectls, openKubectl, openLiveCluster, type Kubectl, type LiveCluster } from './liveKubectl.ts';

const podManifest = (name: string, labels: Record<string, string> = {}) => JSON.stringify({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'patchbay/web' }] },
});

describe('everyday', { skip: kubectls[0]!.missing }, () => {
  let live: LiveCluster;
  before(async () => { live = await openLiveCluster('everyday'); });
  after(() => live[Symbol.asyncDispose]());

  for (const { label, short, file, missing } of kubectls) {
    describe(label, { skip: missing, concurrency: 3, timeout: 90_000 }, () => {
      let k: Kubectl;
      before(async () => { k = await openKubectl(live, file, `day-${short}`); });
      const fails = async (argv: string, wanted: RegExp, code = 1) => {
        const said = await k.run(argv.split(' '));
        assert.match(said.stderr, wanted);
        assert.equal(said.code, code, said.stdout);
      };

      test('rollouts: status, set, history, undo, restart, pause', async () => {
        await k.ok('create deployment web --image=patchbay/web --replicas=2');
        assert.match(await k.ok('rollout status deployment/web --timeout=30s'), /deployment "web" successfully rolled out\n$/);
        assert.equal(await k.ok('set image deployment/web web=patchbay/web:latest'), 'deployment.apps/web image updated\n');
        await k.ok('annotate deployment/web kubernetes.io/change-cause=second');
        await k.ok('rollout status deployment/web --timeout=40s');
        assert.equal(await k.ok('set env deployment/web A=1 B-'), 'deployment.apps/web env updated\n');
        assert.equal(await k.ok('set resources deployment/web --limits=memory=64Mi --requests=cpu=5m'), 'deployment.apps/web resource requirements updated\n');
        assert.match(await k.ok('set env deployment/web --list'), /# Deployment web, container web\nA=1\n/);
        await k.ok('annotate deployment/web kubernetes.io/change-cause=fourth --overwrite');
        await k.ok('rollout status deployment/web --timeout=40s');
        assert.equal((await k.ok('rollout history deployment/web')).replace(/ +/g, ' '), 'deployment.apps/web \nREVISION CHANGE-CAUSE\n1 <none>\n2 second\n3 second\n4 fourth\n\n');
        assert.match(await k.ok('rollout history deployment/web --revision=4'), /deployment.apps\/web with revision #4\nPod Template:\n[^]*Limits:\n +memory:\t64Mi\n +Requests:\n +cpu:\t5m\n[^]*Environment:\n +A:\t1\n/);
        assert.equal(await k.ok('rollout undo deployment/web --to-revision=1'), 'deployment.apps/web rolled back\n');
        assert.equal(await k.ok('get deployment web -o jsonpath={.spec.template.spec.containers[0].image}'), 'patchbay/web');
        await fails('rollout undo deployment/web --to-revision=9', /^error: unable to find specified revision 9 in history\n$/);
        assert.equal(await k.ok('rollout restart deployment/web'), 'deployment.apps/web restarted\n');
        await k.ok('rollout status deployment/web --timeout=40s');
        assert.equal(await k.ok('rollout pause deployment/web'), 'deployment.apps/web paused\n');
        await fails('rollout pause deployment/web', /^error: deployments\.apps "web" is already paused\n$/);
        assert.equal(await k.ok('rollout resume deployment/web'), 'deployment.apps/web resumed\n');
        assert.match(await k.ok('describe deployment web'), /Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable\n[^]*NewReplicaSet: +web-\w+ \(2\/2 replicas created\)\n[^]*ScalingReplicaSet/);
      });

      test('expose in each form, and what Services show', async () => {
        await k.ok(['create', '-f', '-'], podManifest('back', { app: 'back' }));
        assert.equal(await k.ok('expose pod back --port=80 --name=plain'), 'service/plain exposed\n');
        await k.ok('expose pod back --port=80 --type=NodePort --name=node-port');
        await k.ok('expose pod back --port=8080 --target-port=80 --name=lb --type=LoadBalancer --protocol=TCP');
        await k.ok('expose service plain --port=81 --target-port=80 --name=again');
        await k.ok('create service clusterip headless --clusterip=None --tcp=80');
        await k.ok('create service externalname ext --external-name=example.com');
        await fails('expose pod back --port=80 --name=plain', /^Error from server \(AlreadyExists\): services "plain" already exists\n$/);
        const shown = await k.ok('get services -o wide');
        for (const row of [/^again +ClusterIP +10\.96\.\d+\.\d+ +<none> +81\/TCP +\w+ +app=back$/m, /^ext +ExternalName +<none> +example\.com +<none> +/m, /^headless +ClusterIP +None +<none> +80\/TCP /m, /^node-port +NodePort +\S+ +<none> +80:3\d{4}\/TCP /m, /^lb +LoadBalancer +\S+ +\S+ +8080:3\d{4}\/TCP /m]) assert.match(shown, row);
        await k.ok('wait --for=condition=Ready pod/back --timeout=30s');
        const address = await k.ok('get pod back -o jsonpath={.status.podIP}');
        await k.ok(`wait --for=jsonpath={.subsets[0].addresses[0].ip}=${address} endpoints/plain --timeout=20s`);
        assert.match(await k.ok('describe service again'), new RegExp(`Type: +ClusterIP\n[^]*Port: +<unset> +81/TCP\nTargetPort: +80/TCP\nEndpoints: +${address}:80\nSession Affinity: +None\n`));
        assert.match(await k.ok('get endpointslices -l kubernetes.io/service-name=plain'), new RegExp(`IPv4 +80 +${address} `));
      });

      test('scale, by name and by selector', async () => {
        await k.ok('create deployment sized --image=patchbay/web');
        assert.equal(await k.ok('scale deployment/sized --replicas=2'), 'deployment.apps/sized scaled\n');
        await fails('scale deployment/sized --current-replicas=9 --replicas=1', /^error: Expected replicas to be 9, was 2\n$/);
        assert.equal(await k.ok('scale deployment -l app=sized --replicas=0'), 'deployment.apps/sized scaled\n');
        await k.ok('wait --for=jsonpath={.spec.replicas}=0 deployment/sized --timeout=20s');
        assert.match(await k.ok('get deployment sized'), /sized +0\/0 +0 +0 /);
      });

      test('patches of each type, edit, replace, label, annotate', async () => {
        await k.ok('create configmap cm --from-literal=a=1 --from-literal=b=2');
        assert.equal(await k.ok(['patch', 'configmap', 'cm', '-p', '{"data":{"b":null,"c":"3"}}']), 'configmap/cm patched\n');
        assert.equal(await k.ok(['patch', 'configmap', 'cm', '-p', '{"data":{"c":"3"}}']), 'configmap/cm patched (no change)\n');
        await k.ok(['patch', 'configmap', 'cm', '--type=json', '-p', '[{"op":"add","path":"/data/d","value":"4"}]']);
        await k.ok(['patch', 'configmap', 'cm', '--type=merge', '-p', '{"data":{"a":"5"}}']);
        assert.deepEqual((await k.json<{ data: unknown }>('get configmap cm')).data, { a: '5', c: '3', d: '4' });
        await fails('patch configmap cm --type=json -p [{"op":"test","path":"/data/a","value":"9"}]', /the server rejected our request|testing path|testing value/i);
        const editor = join(k.cwd, 'editor.sh');
        writeFileSync(editor, '#!/bin/sh\nsed -i \'s/^  a: "5"/  a: "6"/\' "$1"\n');
        chmodSync(editor, 0o700);
        assert.equal((await k.run(['edit', 'configmap', 'cm'], { env: { KUBE_EDITOR: editor } })).stdout, 'configmap/cm edited\n');
        assert.match((await k.run(['edit', 'configmap', 'cm'], { env: { KUBE_EDITOR: 'true' } })).stderr + (await k.run(['edit', 'configmap', 'cm'], { env: { KUBE_EDITOR: 'true' } })).stdout, /Edit cancelled, no changes made\./);
        assert.equal(await k.ok('label configmap cm tier=x'), 'configmap/cm labeled\n');
        await fails('label configmap cm tier=y', /^error: 'tier' already has a value \(x\), and --overwrite is false\n$/);
        assert.equal(await k.ok('label configmap -l tier=x tier=y --overwrite'), 'configmap/cm labeled\n');
        assert.equal(await k.ok('annotate configmap cm note=hello'), 'configmap/cm annotated\n');
        assert.equal(await k.ok('get configmap -l tier=y -o name --show-labels=false'), 'configmap/cm\n');
        assert.equal(await k.ok('label configmap cm tier-'), 'configmap/cm unlabeled\n');
        await k.ok(['create', '-f', '-'], podManifest('replaced', { v: '1' }));
        const uid = await k.ok('get pod replaced -o jsonpath={.metadata.uid}');
        assert.match(await k.ok(['replace', '--force', '-f', '-'], podManifest('replaced', { v: '2' })), /pod "replaced" deleted.*\npod\/replaced replaced\n/);
        assert.notEqual(await k.ok('get pod replaced -o jsonpath={.metadata.uid}'), uid);
      });

      test('diff, dry runs, kustomize', async () => {
        const manifest = podManifest('planned');
        assert.equal(await k.ok(['apply', '--dry-run=server', '-f', '-'], manifest), 'pod/planned created (server dry run)\n');
        assert.equal(await k.ok(['apply', '--dry-run=client', '-f', '-'], manifest), 'pod/planned created (dry run)\n');
        await fails('get pod planned', /NotFound/);
        mkdirSync(join(k.cwd, 'kust'));
        writeFileSync(join(k.cwd, 'kust/kustomization.yaml'), `namespace: ${k.namespace}\nnamePrefix: pre-\nresources: [cm.yaml]\nconfigMapGenerator:\n- name: gen\n  literals: [x=y]\n`);
        writeFileSync(join(k.cwd, 'kust/cm.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {k: v}\n');
        assert.match(await k.ok('apply -k kust'), /^configmap\/pre-gen-\w+ created\nconfigmap\/pre-one created\n$/);
        writeFileSync(join(k.cwd, 'kust/cm.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {k: w}\n');
        const diff = await k.run(['diff', '-k', 'kust']);
        assert.deepEqual([diff.code, /^-  k: v\n\+  k: w$/m.test(diff.stdout)], [1, true], diff.stdout + diff.stderr);
        assert.equal((await k.ok('apply -k kust')).split('\n')[1], 'configmap/pre-one configured');
        assert.match(await k.ok('delete -k kust'), /configmap "pre-one" deleted/);
      });

      test('get in each form', async () => {
        await k.ok('create secret generic s --from-literal=p=x');
        await k.ok('create configmap z-last --from-literal=k=1');
        await k.ok('create configmap a-first --from-literal=k=2 --from-literal=l=3');
        await k.ok('label configmap z-last a-first of=forms');
        const cms = 'get configmaps -l of=forms';
        assert.match(await k.ok(cms), /^NAME +DATA +AGE\na-first +2 +\d+s\nz-last +1 +\d+s\n$/);
        assert.equal(await k.ok(`${cms} --sort-by=.data.k -o name`), 'configmap/z-last\nconfigmap/a-first\n');
        assert.equal(await k.ok([...cms.split(' '), '-o', 'jsonpath={range .items[*]}{.metadata.name}={.data.k} {end}']), 'a-first=2 z-last=1 ');
        assert.equal(await k.ok([...cms.split(' '), '-o', 'go-template={{range .items}}{{.data.k}}{{end}}']), '21');
        assert.equal((await k.ok(`${cms} -o custom-columns=N:.metadata.name,K:.data.k`)).replace(/ +/g, ' '), 'N K\na-first 2\nz-last 1\n');
        assert.match(await k.ok(`${cms} --no-headers -L of --show-labels`), /^a-first +2 +\d+s +forms +of=forms\n/);
        assert.match(await k.ok(`get configmaps -A -l of=forms`), /^NAMESPACE +NAME +DATA +AGE\nday-/);
        assert.match(await k.ok('get configmap a-first -o yaml'), /^apiVersion: v1\ndata:\n  k: "2"\n  l: "3"\nkind: ConfigMap\nmetadata:\n/);
        assert.match(await k.ok('get secret/s configmap/a-first'), /^NAME +TYPE +DATA +AGE\nsecret\/s +Opaque +1 +\d+s\n\nNAME +DATA +AGE\nconfigmap\/a-first +2 /);
        assert.equal(await k.ok('get pods -l no=body'), '');
        assert.match((await k.run(['get', 'pods', '-l', 'no=body'])).stderr, /^No resources found in day-\w+ namespace\.\n$/);
        await fails('get pods none', /^Error from server \(NotFound\): pods "none" not found\n$/);
        assert.equal(await k.ok('get pods none --ignore-not-found'), '');
      });

      test('get -w shows what happens', async () => {
        const watch = k.start(['get', 'configmaps', '-w', '-l', 'watched=yes', '--output-watch-events']);
        let text = '';
        const until = (wanted: RegExp) => new Promise<void>((resolve) => {
          const listen = (chunk: Buffer) => {
            text += chunk.toString();
            if (!wanted.test(text)) return;
            watch.stdout!.off('data', listen);
            resolve();
          };
          watch.stdout!.on('data', listen);
        });
        const shown = until(/DELETED +seen /);
        await k.ok(['create', '-f', '-'], '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"seen","labels":{"watched":"yes"}}}');
        await k.ok(['patch', 'configmap', 'seen', '-p', '{"data":{"a":"b"}}']);
        await k.ok('label configmap seen watched-');
        await shown;
        watch.kill('SIGKILL');
        await once(watch, 'close');
        assert.match(text.replace(/ +/g, ' '), /^EVENT NAME DATA AGE\nADDED seen 0 \w+\nMODIFIED seen 1 \w+\nDELETED seen 1 \w+\n$/);
      });

      test('wait for a condition, a field, a creation, a deletion, and in vain', async () => {
        const created = k.run(['wait', '--for=create', 'pod/awaited', '--timeout=30s']);
        await k.ok(['create', '-f', '-'], podManifest('awaited'));
        assert.deepEqual([(await created).code, (await created).stdout], [0, 'pod/awaited condition met\n']);
        assert.equal(await k.ok('wait --for=condition=Ready pod/awaited --timeout=30s'), 'pod/awaited condition met\n');
        assert.equal(await k.ok('wait --for=jsonpath={.status.phase}=Running pod/awaited --timeout=30s'), 'pod/awaited condition met\n');
        assert.equal(await k.ok(['wait', '--for=jsonpath={.status.podIP}', 'pod/awaited', '--timeout=30s']), 'pod/awaited condition met\n');
        await fails('wait --for=condition=Ready=false pod/awaited --timeout=1s', /^error: timed out waiting for the condition on pods\/awaited\n$/);
        const gone = k.run(['wait', '--for=delete', 'pod/awaited', '--timeout=30s']);
        await k.ok('delete pod awaited');
        assert.equal((await gone).code, 0);
        await fails('wait --for=condition=Ready pod/none --timeout=1s', /NotFound|not found/);
      });

      test('delete: grace, force, selectors, cascade', async () => {
        for (const name of ['d1', 'd2', 'd3', 'd4']) await k.ok(['create', '-f', '-'], podManifest(name, { group: name < 'd3' ? 'a' : 'b' }));
        await k.ok('wait --for=condition=Ready pod -l group --timeout=30s');
        assert.match(await k.ok('delete pods -l group=a --wait=false'), /^pod "d1" deleted.*\npod "d2" deleted.*\n$/);
        assert.match(await k.ok('delete pod d3 --now'), /^pod "d3" deleted/);
        const forced = await k.run(['delete', 'pod', 'd4', '--grace-period=0', '--force']);
        assert.match(forced.stderr, /^Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated\. The resource may continue to run on the cluster indefinitely\.\n$/);
        assert.match(forced.stdout, /^pod "d4" force deleted/);
        await fails('delete pod d4', /^Error from server \(NotFound\): pods "d4" not found\n$/);
        assert.match(await k.ok('delete pods -l group=zzz'), /^No resources found\n$/);
        await k.ok('create deployment parent --image=patchbay/web');
        await k.ok('wait --for=condition=Available deployment/parent --timeout=30s');
        await k.ok('delete deployment parent --cascade=orphan');
        const [replicaSet] = (await k.json<{ items: { metadata: { name: string; ownerReferences?: unknown } }[] }>('get replicasets -l app=parent')).items;
        assert.equal(replicaSet!.metadata.ownerReferences, undefined);
        await k.ok(`delete replicaset ${replicaSet!.metadata.name} --cascade=foreground --timeout=40s`);
        assert.equal(await k.ok('get pods -l app=parent -o name'), '');
      });

      test('events, who may what, and what is not here', async () => {
        await k.ok('run noted --image=patchbay/web');
        await k.ok('wait --for=condition=Ready pod/noted --timeout=30s');
        assert.match(await k.ok('events --for pod/noted'), /Normal +Scheduled +Pod\/noted +Successfully assigned day-\w+\/noted to \S+\n[^]*Normal +Started +Pod\/noted +Started container noted\n/);
        assert.match(await k.ok('get events --field-selector=involvedObject.name=noted,reason=Pulled'), /Pulled +pod\/noted +Container image "patchbay\/web" already present on machine\n/);
        assert.equal(await k.ok('auth can-i create pods'), 'yes\n');
        const other = await k.run(['auth', 'can-i', 'list', 'secrets', '--as=somebody']);
        assert.deepEqual([other.code, other.stdout], [1, 'no\n']);
        assert.match(await k.ok('auth whoami'), /Username +kubernetes-admin\n/);
        await fails('top pods', /^error: Metrics API not available\n$/);
        await fails('top nodes', /^error: Metrics API not available\n$/);
      });

      test('explain, api-resources, versions, cluster-info', async () => {
        assert.match(await k.ok('explain pod.spec.containers.livenessProbe.httpGet'), /KIND: +Pod\nVERSION: +v1\n\nFIELD: httpGet <HTTPGetAction>[^]*port\t<IntOrString> -required-/);
        assert.match(await k.ok('explain deployment --recursive'), /GROUP: +apps\nKIND: +Deployment\n[^]*template\t<PodTemplateSpec>[^]*containers\t<\[\]Container>/);
        await fails('explain pod.spec.colour', /^error: field "colour" does not exist\n$/);
        assert.match(await k.ok('api-resources --api-group=apps'), /deployments +deploy +apps\/v1 +true +Deployment\n/);
        assert.match(await k.ok('api-resources --namespaced=false -o name'), /^nodes$/m);
        assert.match(await k.ok('api-versions'), /^apps\/v1$/m);
        assert.match(await k.ok('cluster-info'), /Kubernetes control plane[^]*is running at/);
        assert.match(await k.ok('version'), /^Client Version: v1\.\d+[^]*Server Version: v1\.\d+/);
      });
    });
  }

  // Last, and by one binary at a time: it empties a node.
  for (const { label, short, file, missing } of kubectls) {
    test(`nodes: cordon, drain, taint (${label})`, { skip: missing, timeout: 60_000 }, async () => {
      const k = await openKubectl(live, file, `nodes-${short}`);
      await k.ok(['create', '-f', '-'], JSON.stringify({ ...JSON.parse(podManifest('alone')), spec: { nodeName: 'worker', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'patchbay/web' }] } }));
      await k.ok('wait --for=condition=Ready pod/alone --timeout=30s');
      assert.equal(await k.ok('cordon worker'), 'node/worker cordoned\n');
      assert.equal(await k.ok('cordon worker'), 'node/worker already cordoned\n');
      assert.match(await k.ok('get node worker'), /worker +Ready,SchedulingDisabled +<none> /);
      assert.match((await k.run(['drain', 'worker', '--ignore-daemonsets'])).stderr, /unable to drain node "worker" due to error: .*cannot delete Pods that declare no controller \(use --force to override\)/);
      assert.match(await k.ok('drain worker --ignore-daemonsets --force --delete-emptydir-data --timeout=50s'), /pod\/alone evicted\n[^]*node\/worker drained\n$/);
      assert.equal(await k.ok('get pods -o name'), '');
      assert.equal(await k.ok('uncordon worker'), 'node/worker uncordoned\n');
      assert.equal(await k.ok('taint nodes worker k=v:NoSchedule'), 'node/worker tainted\n');
      assert.match((await k.run(['taint', 'nodes', 'worker', 'k=w:NoSchedule'])).stderr, /^error: node worker already has k taint\(s\) with same effect\(s\) and --overwrite is false\n$/);
      assert.match(await k.ok('describe node worker'), /Taints: +k=v:NoSchedule\nUnschedulable: +false\n/);
      assert.equal(await k.ok('taint nodes worker k:NoSchedule-'), 'node/worker untainted\n');
    });
  }
});
