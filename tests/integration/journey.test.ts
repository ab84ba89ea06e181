// A student's way through a lab over HTTP and sockets, and what the instructor sees of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BoardEvent, CheckState, LabState, LabView, SessionEvent, SessionView } from '../../server/contract/index.ts';
import { clusterNameOf } from '../../server/sessions/index.ts';
import { TestMachine, type TestServer } from '../support/testServer.ts';

describe('a student and an instructor', () => {
  const machine = new TestMachine();
  let server: TestServer;
  before(async () => { server = await machine.start(); });
  after(() => machine.dispose());

  test('join, open the lab, do the work: the check turns by itself, points are earned, the board follows', async () => {
    const instructor = await server.instructor();
    const board = await instructor.socket('/api/v1/classroom/events');
    await board.until('board', (message) => message.type === 'board');
    const ada = await server.student('Ada');
    const me = await ada.get('/api/v1/me');
    assert.deepEqual([me.body.role, me.body.name, me.body.personalLink], ['student', 'Ada', ada.personalLink]);
    await board.until('Ada', (message) => message.type === 'student' && message.student.name === 'Ada');

    const events = await ada.socket('/api/v1/events');
    const hello = await events.until('hello', (message) => message.type === 'hello');
    SessionView.parse(hello.session);
    await board.until('online', (message) => message.type === 'student' && message.student.online);

    const lab = LabView.parse((await ada.get('/api/v1/labs/first')).body);
    assert.match(JSON.stringify(lab.intro), /lab-01.*172\.18\.0\.3/);
    assert.doesNotMatch(JSON.stringify(lab), /data\.a|correct/);
    const opened = LabState.parse((await ada.post('/api/v1/labs/first/open')).body);
    assert.equal(opened.phase, 'open');
    events.send({ type: 'watching', labId: 'first', stepId: lab.steps[0]!.id });
    const red = await events.until('a red check', (message) => message.type === 'check' && message.check.id === 'made' && message.check.verdict?.kind === 'failed');
    assert.equal(red.check.attempts, 0);

    const { kube } = machine.host.clusters.get(clusterNameOf(ada.sessionId))!;
    await kube.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: 'lab-01' }, data: { a: 'b' } });
    const green = await events.until('a green check', (message) => message.type === 'check' && message.check.id === 'made' && message.check.earned);
    assert.equal(green.check.verdict.kind, 'passed');
    assert.deepEqual(green.passedSteps, [lab.steps[0]!.id]);
    await board.until('points', (message) => message.type === 'student' && message.student.points === 2 && message.student.progress.first[0].state === 'passed');

    await kube.delete({ apiVersion: 'v1', resource: 'configmaps', namespace: 'lab-01' }, 'mine');
    events.send({ type: 'watching', labId: 'first', stepId: lab.steps[2]!.id });
    const read = await events.until('the step that is only read', (message) => message.type === 'lab' && message.lab.passedSteps.includes(lab.steps[2]!.id));
    assert.deepEqual(read.lab.passedSteps, [lab.steps[0]!.id, lab.steps[2]!.id]);

    const later = await events.until('red again, still earned', (message) => message.type === 'check' && message.check.id === 'made' && message.check.verdict?.kind === 'failed', events.messages.indexOf(green));
    assert.equal(later.check.earned, true);

    for (const message of events.messages) SessionEvent.parse(message);
    for (const message of board.messages) BoardEvent.parse(message);
    events.close();
    board.close();
  });

  test('answers are attempts, right or wrong; quizzes are judged; files land on the workstation', async () => {
    const eve = await server.student('Eve');
    await eve.post('/api/v1/labs/first/open');
    const wrong = CheckState.parse((await eve.post('/api/v1/labs/first/checks/worker-address/run', { answer: '10.0.0.1' })).body);
    assert.deepEqual([wrong.verdict?.kind, wrong.attempts, wrong.earned, wrong.answer], ['failed', 1, false, '10.0.0.1']);
    assert.doesNotMatch(JSON.stringify(wrong), /172\.18\.0\.3/);
    const right = CheckState.parse((await eve.post('/api/v1/labs/first/checks/worker-address/run', { answer: '172.18.0.3' })).body);
    assert.deepEqual([right.verdict?.kind, right.attempts, right.earned], ['passed', 2, true]);
    assert.deepEqual((await eve.post('/api/v1/labs/first/quizzes/which', { choices: ['b'] })).body, { correct: false });
    assert.equal((await eve.post('/api/v1/labs/first/quizzes/which', { choices: ['a'] })).body.correct, true);
    const state = LabState.parse((await eve.get('/api/v1/labs/first/state')).body);
    assert.deepEqual(state.quizzes, [{ id: 'which', choices: ['a'], correct: true }]);

    const lab = LabView.parse((await eve.get('/api/v1/labs/first')).body);
    const file = lab.steps.flatMap((step) => step.blocks).find((block) => block.type === 'file')!;
    assert.ok(file.type === 'file');
    assert.deepEqual((await eve.post(`/api/v1/labs/first/files/${file.id}`)).body, { path: '~/lab/mine.yaml' });
    const { ran } = machine.host.clusters.get(clusterNameOf(eve.sessionId))!;
    assert.deepEqual([ran.at(-1)!.machine, ran.at(-1)!.input], ['workstation', file.code]);
    assert.equal((await eve.get('/api/v1/labs/first/assets/dot.png')).status, 200);
    assert.equal((await eve.get('/api/v1/labs/first/assets/..%2Flab.md')).status, 404);
  });

  test('starting over and a new cluster keep what was earned', async () => {
    const mia = await server.student('Mia');
    await mia.post('/api/v1/labs/first/open');
    await mia.post('/api/v1/labs/first/checks/worker-address/run', { answer: '172.18.0.3' });
    const events = await mia.socket('/api/v1/events');
    const again = LabState.parse((await mia.post('/api/v1/labs/first/start-over')).body);
    assert.equal(again.phase, 'open');
    assert.equal(again.checks.find((check) => check.id === 'worker-address')!.earned, true);
    const before = machine.host.clusters.get(clusterNameOf(mia.sessionId));
    await mia.post('/api/v1/cluster/renew');
    await events.until('the lab open on the new cluster', (message) => message.type === 'lab' && message.lab.phase === 'open', events.messages.findIndex((message) => message.type === 'cluster'));
    assert.notEqual(machine.host.clusters.get(clusterNameOf(mia.sessionId)), before);
    assert.ok(await machine.host.clusters.get(clusterNameOf(mia.sessionId))!.kube.get({ apiVersion: 'v1', resource: 'namespaces' }, 'lab-01'));
    assert.equal((await mia.get('/api/v1/session')).body.workshop.labs[0].earned, 1);
    events.close();
  });

  test('a terminal: typed, echoed, run by button, resumed by sequence number, limited in number', async () => {
    const tom = await server.student('Tom');
    await tom.get('/api/v1/labs/first'); // waits until the cluster is there
    const opened = await tom.post('/api/v1/terminals', { machine: 'worker' });
    assert.deepEqual([opened.body.machine, opened.body.title, opened.body.running], ['worker', 'worker', true]);
    const first = await tom.socket(`/api/v1/terminals/${opened.body.id}/socket`);
    first.send({ type: 'open', cols: 100, rows: 30 });
    await first.untilTrue('prompt', () => first.drawn.includes('$ '));
    first.send({ type: 'run', id: 'r1', command: 'size' });
    await first.until('ran', (message) => message.type === 'ran' && message.accepted);
    await first.untilTrue('its size', () => first.drawn.includes('100x30'));
    const { seq } = first.messages.filter((message) => message.type === 'output').at(-1);
    first.close();
    await first.untilClosed();
    const second = await tom.socket(`/api/v1/terminals/${opened.body.id}/socket`);
    second.send({ type: 'open', since: seq, cols: 100, rows: 30 });
    second.send({ type: 'input', data: 'echo again\r' });
    await second.untilTrue('again', () => /again\r\n/.test(second.drawn));
    assert.equal(second.messages.some((message) => message.type === 'screen'), false);
    assert.doesNotMatch(second.drawn, /100x30/);
    assert.equal((await tom.post('/api/v1/terminals', { machine: 'mars' })).body.code, 'unknown-machine');
    const more = await Promise.all(Array.from({ length: 9 }, () => tom.post('/api/v1/terminals', { machine: 'workstation' })));
    assert.deepEqual(more.map((answer) => answer.status).toSorted(), [200, 200, 200, 200, 200, 200, 200, 409, 409]);
    assert.equal((await tom.get('/api/v1/terminals')).body.length, 8);
    assert.equal((await tom.delete(`/api/v1/terminals/${opened.body.id}`)).status, 204);
    await second.untilClosed();
    assert.equal(second.closed!.code, 4404);
  });

  test('the instructor reissues a link, resets and removes', async () => {
    const instructor = await server.instructor();
    const zoe = await server.student('Zoe');
    const events = await zoe.socket('/api/v1/events');
    await zoe.get('/api/v1/labs/first');
    const { id } = (await zoe.post('/api/v1/terminals', { machine: 'workstation' })).body;
    const terminal = await zoe.socket(`/api/v1/terminals/${id}/socket`);
    terminal.send({ type: 'open', cols: 80, rows: 24 });
    await terminal.until('the screen', (message) => message.type === 'screen');
    const { personalLink } = (await instructor.post(`/api/v1/classroom/students/${zoe.sessionId}/link`)).body;
    await events.untilClosed();
    await terminal.untilClosed();
    assert.deepEqual([events.closed!.code, terminal.closed!.code], [4401, 4401]);
    assert.equal((await zoe.get('/api/v1/session')).status, 401);
    assert.equal((await zoe.get(new URL(zoe.personalLink).pathname, { accept: 'application/json' })).body.code, 'link-wrong');
    const back = server.visitor();
    const answer = await back.get(new URL(personalLink).pathname);
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/']);
    assert.equal((await back.get('/api/v1/me')).body.name, 'Zoe');
    const [page, shell] = [await back.socket('/api/v1/events'), await back.socket(`/api/v1/terminals/${id}/socket`)];
    shell.send({ type: 'open', cols: 80, rows: 24 });
    await shell.until('the same shell', (message) => message.type === 'screen');

    await back.post('/api/v1/labs/first/open');
    await back.post('/api/v1/labs/first/checks/worker-address/run', { answer: '172.18.0.3' });
    assert.equal((await instructor.post(`/api/v1/classroom/students/${zoe.sessionId}/reset`, { cluster: true, progress: true })).status, 204);
    assert.equal((await back.get('/api/v1/session')).body.workshop.labs[0].earned, 0);

    assert.equal((await back.post('/api/v1/join', { code: server.opened.joinCode, name: ' zOE ' })).body.code, 'name-taken');
    assert.equal((await instructor.delete(`/api/v1/classroom/students/${zoe.sessionId}`)).status, 204);
    assert.equal((await back.get('/api/v1/session')).status, 401);
    await Promise.all([page.untilClosed(), shell.untilClosed()]);
    assert.equal(machine.host.clusters.has(clusterNameOf(zoe.sessionId)), false);
    assert.equal((await server.visitor().post('/api/v1/join', { code: server.opened.joinCode.toUpperCase().replace('-', ' '), name: 'Zoe' })).status, 200);
    assert.equal((await instructor.get('/api/v1/classroom')).body.students.filter((student: { name: string }) => student.name === 'Zoe').length, 1);
  });
});
