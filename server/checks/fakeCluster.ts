// A cluster in memory, for tests of what works on clusters: objects, watches, and probes and commands that the test scripts.
import type { ClusterHandle, KubeClient, KubeObject, KubeResource, Prober, ProbeOutcome, ProbeResult, ProbeSource, ProbeTarget, ResolveAnswer, ResolveQuestion, WatchEvent } from '../ports/index.ts';
import { tryKind } from '../labs/index.ts';

/** What the test decides: outcomes of probes, records of names, results of commands. Defaults: everything is open, no name exists, every command succeeds silently. */
export interface FakeOptions {
  probe?(source: ProbeSource, target: ProbeTarget): ProbeOutcome | Partial<ProbeResult>;
  resolve?(source: ProbeSource, question: ResolveQuestion): string[] | Pick<ResolveAnswer, 'rcode'>;
  run?(machine: string, argv: readonly string[], input: string | undefined): { code: number; stdout?: string; stderr?: string };
}

/** The fake; `put` and `take` change objects behind the API and tell watchers. `dropWatches` ends every watch, as a server does. */
export interface FakeCluster extends ClusterHandle {
  put(object: KubeObject): KubeObject;
  take(kind: string, name: string, namespace?: string): void;
  dropWatches(): void;
  readonly ran: { machine: string; argv: readonly string[]; input?: string }[];
}

/** Makes an empty cluster with a control plane, two workers and a workstation. A new namespace gets its default service account. */
export function createFakeCluster(options: FakeOptions = {}): FakeCluster {
  const objects = new Map<string, KubeObject>();
  const watchers = new Set<{ wants(object: KubeObject): boolean; push(event: WatchEvent): void; end(): void }>();
  const ran: FakeCluster['ran'] = [];
  let version = 0;

  const keyOf = (kind: string, name: string, namespace = '') => `${kind}/${namespace}/${name}`;
  const kindOf = (resource: KubeResource) => {
    const kind = [...objects.values()].find((object) => tryKind(object.kind)?.resource === resource.resource)?.kind;
    return kind ?? resource.resource;
  };
  const fits = (resource: KubeResource) => (object: KubeObject) => tryKind(object.kind)?.resource === resource.resource && (resource.namespace === undefined || object.metadata.namespace === resource.namespace);
  const tell = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject) => {
    for (const watcher of watchers) if (watcher.wants(object)) watcher.push({ type, object: structuredClone(object) });
  };
  const put = (object: KubeObject): KubeObject => {
    const key = keyOf(object.kind, object.metadata.name, object.metadata.namespace);
    const before = objects.get(key);
    version += 1;
    const stored: KubeObject = { ...object, metadata: { uid: `uid-${version}`, creationTimestamp: new Date().toISOString(), ...before?.metadata, ...object.metadata, resourceVersion: String(version) } };
    objects.set(key, stored);
    tell(before ? 'MODIFIED' : 'ADDED', stored);
    if (object.kind === 'Namespace' && !before) put({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: object.metadata.name } });
    return stored;
  };
  const take = (kind: string, name: string, namespace?: string) => {
    const object = objects.get(keyOf(kind, name, namespace));
    if (!object) return;
    objects.delete(keyOf(kind, name, namespace));
    tell('DELETED', object);
    if (kind === 'Namespace') for (const inner of objects.values()) if (inner.metadata.namespace === name) take(inner.kind, inner.metadata.name, name);
  };
  const labelled = (selector: string | undefined) => (object: KubeObject) => (selector ?? '').split(',').filter((part) => part !== '').every((part) => object.metadata.labels?.[part.split('=')[0]!] === part.split('=')[1]);

  const kube: KubeClient = {
    get: async (resource, name) => structuredClone(objects.get(keyOf(kindOf(resource), name, resource.namespace))),
    list: async (resource, { labelSelector } = {}) => ({ items: structuredClone([...objects.values()].filter(fits(resource)).filter(labelled(labelSelector))), resourceVersion: String(version) }),
    apply: async (object, { namespace } = {}) => put({ ...object, metadata: { ...object.metadata, ...(namespace === undefined ? {} : { namespace: object.metadata.namespace ?? namespace }) } }),
    delete: async (resource, name) => take(kindOf(resource), name, resource.namespace),
    async *watch(resource, { signal }) {
      const queue: WatchEvent[] = [];
      let wake = () => {};
      let ended = signal.aborted;
      const end = () => { ended = true; wake(); };
      const watcher = { wants: fits(resource), push: (event: WatchEvent) => { queue.push(event); wake(); }, end };
      watchers.add(watcher);
      signal.addEventListener('abort', end);
      try {
        for (;;) {
          const event = queue.shift();
          if (event) yield event;
          else if (ended) return;
          else await new Promise<void>((resolve) => { wake = resolve; });
        }
      } finally {
        watchers.delete(watcher);
        signal.removeEventListener('abort', end);
      }
    },
    request: async () => ({ status: 404, body: {} }),
  } satisfies KubeClient;

  const prober: Prober = {
    connect: async (source, targets) => targets.map((target) => {
      const said = options.probe?.(source, target) ?? 'open';
      return { id: target.id, ms: 1, ...(typeof said === 'string' ? { outcome: said } : { outcome: 'open' as const, ...said }) };
    }),
    resolve: async (source, questions) => questions.map((question) => {
      const said = options.resolve?.(source, question) ?? { rcode: 'NXDOMAIN' };
      return { id: question.id, ...(Array.isArray(said) ? { rcode: 'NOERROR', records: said.map((data) => ({ type: question.type, name: question.name, data, ttl: 5 })) } : { ...said, records: [] }) };
    }),
  } satisfies Prober;

  return {
    name: 'fake', provider: 'fake', networkPlugin: 'bridge', kube, prober, ran, put, take,
    machines: [
      { name: 'control-plane', role: 'control-plane', address: '172.18.0.2', podCidr: '10.244.0.0/24' }, { name: 'worker', role: 'worker', address: '172.18.0.3', podCidr: '10.244.1.0/24' },
      { name: 'worker2', role: 'worker', address: '172.18.0.4', podCidr: '10.244.2.0/24' }, { name: 'workstation', role: 'workstation', address: '172.18.0.10' },
    ],
    dropWatches: () => { for (const watcher of watchers) watcher.end(); },
    shell: () => ({ file: '/bin/false', args: [], env: {}, cwd: '/' }),
    run: async (machine, argv, { input } = {}) => {
      ran.push({ machine, argv, ...(input === undefined ? {} : { input }) });
      const said = options.run?.(machine, argv, input) ?? { code: 0 };
      return { code: said.code, signal: null, stdout: said.stdout ?? '', stderr: said.stderr ?? '' };
    },
    kubeconfig: async () => 'kubeconfig',
    onHealth: () => ({ dispose() {} }),
  } satisfies FakeCluster;
}

/** A pod object as a cluster shows it once it is ready; `over` changes parts of spec, status and metadata. */
export function fakePod(name: string, over: { namespace?: string; labels?: Record<string, string>; ip?: string; images?: string[]; ready?: boolean; waiting?: string; deleting?: boolean; startedAt?: string; uid?: string } = {}): KubeObject {
  const images = over.images ?? ['patchbay/web'];
  const ready = over.ready ?? over.waiting === undefined;
  const startedAt = over.startedAt ?? new Date(Date.now() - 60_000).toISOString();
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, namespace: over.namespace ?? 'lab-09', labels: over.labels ?? {}, ...(over.uid === undefined ? {} : { uid: over.uid }), ...(over.deleting ? { deletionTimestamp: new Date().toISOString() } : {}) },
    spec: { nodeName: 'worker', containers: images.map((image, index) => ({ name: `c${index}`, image })) },
    status: {
      phase: 'Running', podIP: over.ip ?? '10.244.1.2',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: images.map((image, index) => ({ name: `c${index}`, image, ready, restartCount: 0, state: over.waiting === undefined ? { running: { startedAt } } : { waiting: { reason: over.waiting } } })),
    },
  };
}
