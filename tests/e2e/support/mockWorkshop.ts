// A workshop, a class and their progress for the pages' own tests: contract data made by hand, no cluster behind it.
import hljs from 'highlight.js';
import { CheckId, ClassroomId, LabId, SessionId, SessionView, BoardView, LabView, StudentRow } from '../../../server/contract/index.ts';
import type { Block, CheckState, ClusterView, LabState, LabSummary, Verdict } from '../../../server/contract/index.ts';

const coloured = (code: string, language: string): string => `<pre><code class="hljs language-${language}">${hljs.highlight(code, { language }).value}</code></pre>`;
const html = (text: string): Block => ({ type: 'html', html: text });
const run = (id: string, code: string, machine = 'workstation'): Block => ({ type: 'run', id, machine, code, html: coloured(code, 'bash') });
const check = (id: string, title: string, points: number, more: { guard?: boolean; input?: { label: string; placeholder?: string } } = {}): Block => ({
  type: 'check', check: { id: CheckId.parse(id), title, points, guard: more.guard ?? false, ...(more.input === undefined ? {} : { input: more.input }) },
});

const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app: web        # Services find it by this
spec:
  containers:
    - name: nginx
      image: patchbay/web
      ports:
        - containerPort: 80
`;

export const labId = LabId.parse('reach-a-pod');

/** Lab 2, short: every kind of block once. */
export const mockLab: LabView = LabView.parse({
  id: labId, number: 2, title: 'Reach a pod', minutes: 15, points: 6, namespace: 'lab-02', unmetNeeds: [],
  summary: 'A pod gets an address that every machine of the cluster can reach. It keeps it for exactly as long as it lives.',
  objectives: ['Find the address of a pod and reach it from a node', 'Explain why a pod that is made anew has another address'],
  intro: [html('<p>Every pod has an address of its own, from its node’s range. No translation happens on the way: what the server sees is the address of the pod that asks.</p>')],
  steps: [
    { id: 'run-a-pod', title: 'Run a web server in a pod', blocks: [
      html('<p>Save the manifest on your workstation, then apply it in namespace <code>lab-02</code>.</p>'),
      { type: 'file', id: 'web', path: 'web.yaml', language: 'yaml', code: manifest, html: coloured(manifest, 'yaml') },
      run('apply', 'kubectl apply -n lab-02 -f web.yaml\nkubectl get pod web -n lab-02 -o wide --watch'),
      html('<p>The column <code>IP</code> stays empty until the network plugin has given the pod its address. Stop the watch with <strong>Ctrl+C</strong>.</p>'),
      check('pod-runs', 'Pod web is ready', 1),
    ] },
    { id: 'from-a-node', title: 'Reach it from a node', blocks: [
      html('<p>Ask from <code>worker</code>, which is a machine of the cluster and no pod.</p>'),
      run('curl', 'curl -s http://10.244.1.7/', 'worker'),
      { type: 'code', language: 'text', code: 'served by web\nfrom 10.244.1.1\n', html: '<pre><code>served by web\nfrom 10.244.1.1\n</code></pre>' },
      { type: 'hint', title: 'Where do I find the address?', html: '<p>In the column <code>IP</code> of <code>kubectl get pod -o wide</code>.</p><pre><code>kubectl get pod web -o wide\n</code></pre>' },
      check('answers', 'The pod answers on its own address', 2),
      check('address', 'You know its address', 1, { input: { label: 'Address of pod web', placeholder: '10.244.…' } }),
    ] },
    { id: 'who-may', title: 'Who reaches whom', blocks: [
      html('<p>Start a second pod named <code>probe</code> on the other worker, and ask from it too.</p>'),
      run('probe', 'kubectl run probe -n lab-02 --image patchbay/toolbox'),
      check('table', 'Both pods reach each other without translation', 2),
      check('dns', 'DNS still answers', 0, { guard: true }),
      { type: 'quiz', quiz: { id: CheckId.parse('whose-address'), question: 'Which source address does web see when probe asks?', multiple: false, choices: [
        { id: 'a', html: 'The address of probe’s node' }, { id: 'b', html: 'The address of <code>probe</code> itself' }, { id: 'c', html: 'The address of the Service' }] } },
    ] },
    { id: 'what-happened', title: 'What just happened', blocks: [
      html('<p>The pod’s address came from its node’s range. Delete the pod, and the address is free for the next one.</p>'),
      run('again', 'kubectl delete pod web -n lab-02\nkubectl apply -n lab-02 -f web.yaml'),
      check('new-address', 'The new pod has another address than the old one', 0, { guard: false }),
    ] },
  ],
});

const verdicts: Record<string, Verdict> = {
  'pod-runs': { kind: 'passed', finding: 'Pod web has been ready for 12 seconds.' },
  answers: { kind: 'failed', finding: 'Nothing listens on port 80 of 10.244.1.7: the connection is refused.', direction: 'The address is right. Look at which port the container really opens.' },
  address: { kind: 'failed', finding: '10.96.0.1 is not the address of pod web.', direction: 'That address belongs to a Service. Compare the ranges of pods and Services.' },
  table: { kind: 'failed', finding: 'One of two paths is translated: web saw the address of a node.', direction: 'Look at which pod runs in the host’s network.', table: {
    columns: ['to web:80', 'to probe:8080'],
    rows: [
      { label: 'from web', cells: [{ kind: 'passed', text: 'itself' }, { kind: 'passed', text: 'open, own address' }] },
      { label: 'from probe', cells: [{ kind: 'failed', text: 'open, address of worker2' }, { kind: 'waiting', text: 'starting' }] },
      { label: 'from worker', cells: [{ kind: 'passed', text: 'open' }, { kind: 'broken', text: 'not tried' }] },
    ] } },
  dns: { kind: 'waiting', finding: 'The DNS server was started 2 seconds ago and does not answer yet.', direction: 'Give it a few seconds.' },
  'new-address': { kind: 'broken', finding: 'The prober on worker2 did not answer within 2 seconds.', direction: 'It is tried again by itself.' },
};

/** `mixed` shows every verdict; `fresh` none. */
export const mockLabState = (scene: 'fresh' | 'mixed' | 'passed'): LabState => ({
  labId, phase: 'open', openedAt: Date.now() - 420_000, spentMs: 400_000, passedSteps: scene === 'fresh' ? [] : scene === 'mixed' ? ['run-a-pod'] : mockLab.steps.map((step) => step.id), quizzes: [],
  checks: mockLab.steps.flatMap((step) => step.blocks).filter((block) => block.type === 'check').map(({ check: { id } }): CheckState => {
    if (scene === 'fresh') return { id, earned: false, running: false, attempts: 0 };
    const verdict: Verdict | undefined = scene === 'passed' ? { kind: 'passed', finding: 'It holds.' } : verdicts[id];
    return { id, earned: verdict?.kind === 'passed' || id === 'table', running: false, attempts: id === 'answers' ? 3 : 1, checkedAt: Date.now() - 20_000, ...(verdict === undefined ? {} : { verdict }), ...(id === 'address' && scene === 'mixed' ? { answer: '10.96.0.1' } : {}) };
  }),
});

export const readyCluster: ClusterView = {
  state: 'ready', provider: 'embedded', networkPlugin: 'bridge', readyMs: 612, machines: [
    { name: 'workstation', role: 'workstation', address: '172.30.0.10', shell: true },
    { name: 'control-plane', role: 'control-plane', address: '172.30.0.2', shell: true },
    { name: 'worker', role: 'worker', address: '172.30.0.3', shell: true },
    { name: 'worker2', role: 'worker', address: '172.30.0.4', shell: true },
    { name: 'outside', role: 'outside', address: '198.51.100.10', shell: false },
  ],
};

export const provisioningCluster: ClusterView = { state: 'provisioning', provider: 'kind', machines: [], stage: { id: 'nodes', title: 'Waiting for the nodes to be ready', fraction: 0.62, estimateMs: 14_000 } };

const titles = [['The flat network and its plugin', 'Find the network plugin, its configuration and the address range of every node.'], ['Reach a pod', mockLab.summary], ['Every pod has its own localhost', 'Two containers of one pod share an address, its ports and nothing else.'], ['The pause container', 'Who holds the network of a pod while its containers come and go.'], ['Services', 'One address in front of pods that change.']] as const;
const names = ['the-flat-network', 'reach-a-pod', 'own-localhost', 'pause', 'services'];
const states = (passed: number, started: number, all: number): ('passed' | 'started' | 'untouched')[] =>
  Array.from({ length: all }, (_each, index) => (index < passed ? 'passed' : index < passed + started ? 'started' : 'untouched'));
const shape = [[4, 0, 4], [1, 1, 4], [0, 0, 5], [0, 0, 4], [0, 0, 6]] as const;

export const mockLabs: LabSummary[] = titles.map(([title, summary], index) => ({
  id: LabId.parse(names[index]), number: index + 1, title, summary, minutes: [10, 15, 15, 15, 25][index] ?? 15, points: [5, 6, 7, 6, 9][index] ?? 5, earned: [5, 1, 0, 0, 0][index] ?? 0,
  steps: states(shape[index]?.[0] ?? 0, shape[index]?.[1] ?? 0, shape[index]?.[2] ?? 4).map((state, at) => ({ id: index === 1 ? mockLab.steps[at]?.id ?? `s${at}` : `s${at}`, title: index === 1 ? mockLab.steps[at]?.title ?? '' : `Step ${at + 1}`, state })),
}));

export const sessionId = SessionId.parse('s_0000000000000001');

export const mockSession = (cluster: ClusterView): SessionView => SessionView.parse({
  sessionId, name: 'Ada Lovelace', classroom: 'Autumn class', cluster,
  workshop: { id: 'kubernetes-networking', title: 'Kubernetes networking', summary: 'Container to container, pod to pod, pod to Service, outside to Service: four problems, worked out on a live cluster.', labs: mockLabs },
});

const people = ['Ada Lovelace', 'Alan Turing', 'Anita Borg', 'Barbara Liskov', 'Bob Kahn', 'Claude Shannon', 'Dennis Ritchie', 'Donald Davies', 'Edith Clarke', 'Elizabeth Feinler', 'Frances Allen', 'Grace Hopper', 'Hedy Lamarr', 'Jon Postel', 'Karen Spärck Jones', 'Ken Thompson', 'Larry Roberts', 'Leonard Kleinrock', 'Louis Pouzin', 'Margaret Hamilton', 'Mary Kenneth Keller', 'Niklaus Wirth', 'Paul Baran', 'Paul Mockapetris', 'Radia Perlman', 'Sally Floyd', 'Sophie Wilson', 'Van Jacobson', 'Vint Cerf', 'Wang Xiaoyun'];

const placeAt = (at: { labId: LabId; stepId: string }, index: number, online: boolean) => {
  const spentMs = [2, 6, 1, 0, 3, 14, 4, 8, 1, 5][index % 10]! * 60_000 + 20_000;
  return { ...at, spentMs, ...(online ? { since: Date.now() - spentMs } : {}), attempts: [0, 2, 1, 0, 0, 3, 6, 1][index % 8]! };
};

const student = (name: string, index: number, labs: readonly LabSummary[]): StudentRow => {
  const done = [9, 4, 6, 14, 0, 7, 5, 11, 8, 3, 6, 23, 5, 7, 2, 8, 6, 4, 9, 12, 5, 6, 1, 7, 16, 5, 8, 6, 10, 4][index] ?? 5;
  let left = done;
  const progress = Object.fromEntries(labs.map((lab) => [lab.id, lab.steps.map((step) => {
    const state = left > 0 ? 'passed' as const : left === 0 ? 'started' as const : 'untouched' as const;
    left -= 1;
    return { stepId: step.id, state, earned: state === 'passed' ? 2 : 0, points: 2 };
  })]));
  const flat = labs.flatMap((lab) => lab.steps.map((step) => ({ labId: lab.id, stepId: step.id })));
  const online = index % 9 !== 4;
  const at = flat[Math.min(done, flat.length - 1)];
  const state = index === 7 ? 'failed' as const : index === 16 ? 'provisioning' as const : 'ready' as const;
  return {
    sessionId: SessionId.parse(`s_${String(index).padStart(16, '0')}`), name, joinedAt: Date.now() - 3_000_000, lastSeenAt: Date.now() - index * 70_000, online, points: done * 2,
    cluster: { ...readyCluster, state, ...(state === 'failed' ? { detail: 'DNS did not answer within 10 seconds.' } : {}) }, progress, ...(at === undefined ? {} : { at: placeAt(at, index, online) }),
  };
};

/** Fourteen labs of four steps each: the widest board there is. */
const wholeLabs: LabSummary[] = [
  'The flat network', 'Reach a pod', 'Its own localhost', 'The pause container', 'Follow a packet', 'Services', 'How a Service works', 'Names', 'Who may talk', 'Both directions', 'From outside', 'Ingress', 'Load balancers', 'A network that is broken',
].map((title, index) => ({ ...mockLabs[1]!, id: LabId.parse(`lab-${index + 1}`), number: index + 1, title, steps: [1, 2, 3, 4].map((step) => ({ id: `s${step}`, title: `Step ${step}`, state: 'untouched' as const })) }));

/** A class of `count` students, at most thirty, in a workshop of five labs or, `whole`, of fourteen. */
export const mockBoard = (count: number, joinLink: string, whole = false): BoardView => BoardView.parse({
  classroomId: ClassroomId.parse('c_0000000000000001'), title: 'Kubernetes networking', joinCode: 'amber-otter-42', joinLink,
  provider: { id: 'embedded', why: 'Clusters run embedded on this machine: Docker is not prepared. They start in under a second.' }, points: 46,
  labs: (whole ? wholeLabs : mockLabs).map((lab) => ({ id: lab.id, number: lab.number, title: lab.title, steps: lab.steps.map(({ id, title }) => ({ id, title })) })),
  students: people.slice(0, count).map((name, index) => student(name, index, whole ? wholeLabs : mockLabs)),
});
