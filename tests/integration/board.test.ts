// What the board, the contents and the page agree on: steps, time, attempts, and what went wrong in whose words.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LabState } from '../../server/contract/index.ts';
import { clusterNameOf } from '../../server/sessions/index.ts';
import { TestMachine, type TestServer } from '../support/testServer.ts';

describe('progress and trouble', () => {
  const machine = new TestMachine();
  let server: TestServer;
  before(async () => { server = await machine.start(); });
  after(() => machine.dispose());

  test('a step without checks is passed once it was on screen, on the page, in the contents and on the board alike, also after a restart', async () => {
    const own = new TestMachine();
    try {
      let running = await own.start();
      const ada = await running.student('Ada');
      const instructor = await running.instructor();
      const events = await ada.socket('/api/v1/events');
      await ada.post('/api/v1/labs/first/open');
      const told = async () => {
        const state = LabState.parse((await ada.get('/api/v1/labs/first/state')).body);
        const contents = (await ada.get('/api/v1/session')).body.workshop.labs[0].steps.map((step: { state: string }) => step.state);
        const row = (await instructor.get('/api/v1/classroom')).body.students[0].progress.first.map((step: { state: string }) => step.state);
        return { page: state.passedSteps, contents, row };
      };
      const { steps } = (await ada.get('/api/v1/labs/first')).body;
      assert.deepEqual(await told(), { page: [], contents: ['untouched', 'untouched', 'untouched'], row: ['untouched', 'untouched', 'untouched'] });
      events.send({ type: 'watching', labId: 'first', checkIds: ['made'] });
      await events.until('the visible check', (message) => message.type === 'check' && message.check.id === 'made');
      assert.deepEqual((await told()).contents, ['untouched', 'untouched', 'untouched'], 'the introduction is no step');
      events.send({ type: 'watching', labId: 'first', stepId: steps[0].id });
      await events.until('started', (message) => message.type === 'workshop' && message.workshop.labs[0].steps[0].state === 'started');
      assert.deepEqual((await told()).contents, ['started', 'untouched', 'untouched']);
      events.send({ type: 'watching', labId: 'first', stepId: steps[2].id });
      await events.until('passed', (message) => message.type === 'workshop' && message.workshop.labs[0].steps[2].state === 'passed');
      const after = { page: [steps[2].id], contents: ['started', 'untouched', 'passed'], row: ['started', 'untouched', 'passed'] };
      assert.deepEqual(await told(), after);
      await running.close();
      running = await own.start();
      for (const browser of [ada, instructor]) Object.assign(browser, { url: running.url });
      await ada.get('/api/v1/labs/first');
      assert.deepEqual(await told(), after);
    } finally {
      await own.dispose();
    }
  });

  test('the board tells where a student is, for how long and after how many attempts; the lab tells how long it is open', async () => {
    const eve = await server.student('Eve');
    const instructor = await server.instructor();
    const board = await instructor.socket('/api/v1/classroom/events');
    const rowOf = (name: string, fits: (student: { at?: { stepId: string; since?: number; attempts: number; spentMs: number } }) => boolean, from = 0) =>
      board.until(`${name}'s row`, (message) => message.type === 'student' && message.student.name === name && fits(message.student), from);
    const events = await eve.socket('/api/v1/events');
    const before = Date.now();
    const opened = LabState.parse((await eve.post('/api/v1/labs/first/open')).body);
    assert.ok(opened.openedAt! >= before && opened.openedAt! <= Date.now());
    const { steps } = (await eve.get('/api/v1/labs/first')).body;
    events.send({ type: 'watching', labId: 'first', stepId: steps[1].id });
    const there = await rowOf('Eve', (student) => student.at?.stepId === steps[1].id);
    assert.ok(there.student.at.since >= before - 1000 && there.student.at.since <= Date.now());
    await eve.post('/api/v1/labs/first/checks/worker-address/run', { answer: '10.0.0.1' });
    await eve.post('/api/v1/labs/first/checks/worker-address/run', { answer: '10.0.0.2' });
    await rowOf('Eve', (student) => student.at?.attempts === 2);
    events.send({ type: 'idle' });
    const idle = await rowOf('Eve', (student) => student.at !== undefined && student.at.since === undefined, board.messages.length);
    assert.ok(idle.student.at.spentMs > 0);
    const state = LabState.parse((await eve.get('/api/v1/labs/first/state')).body);
    assert.equal(state.spentMs, idle.student.at.spentMs);
    events.close();
    board.close();
  });

  test('a lab that cannot be set up and a check that cannot run are sentences for the student; the instructor gets the machine\'s words', async () => {
    const mia = await server.student('Mia');
    const instructor = await server.instructor();
    await mia.get('/api/v1/labs/first');
    const { kube } = machine.host.clusters.get(clusterNameOf(mia.sessionId))!;
    const { apply, list, get } = kube;
    const refuse = async (): Promise<never> => { throw new Error('connect ECONNREFUSED /var/run/api.sock'); };
    kube.apply = refuse;
    const trouble = async () => (await instructor.get('/api/v1/classroom')).body.students.find((student: { name: string }) => student.name === 'Mia').trouble;
    assert.equal(await trouble(), undefined);
    const refused = LabState.parse((await mia.post('/api/v1/labs/first/open')).body);
    assert.equal(refused.phase, 'failed');
    assert.match(refused.detail!, /^Your cluster did not take the setup of this lab\. Set it up again/);
    assert.match((await trouble()).cause, /ECONNREFUSED/);
    assert.match((await trouble()).what, /Lab 1, A sample lab, could not be set up/);

    kube.apply = apply;
    assert.equal((await mia.post('/api/v1/labs/first/open')).body.phase, 'open');
    Object.assign(kube, { list: refuse, get: refuse });
    const state = (await mia.post('/api/v1/labs/first/checks/made/run')).body;
    assert.equal(state.verdict.kind, 'broken');
    assert.match(state.verdict.direction, /not your fault/);
    assert.doesNotMatch(JSON.stringify(state), /ECONNREFUSED|api\.sock/);
    assert.match((await trouble()).cause, /ECONNREFUSED/);
    assert.match((await trouble()).what, /"The config map says b" of lab 1/);
    Object.assign(kube, { list, get });
    assert.doesNotMatch(JSON.stringify([(await mia.get('/api/v1/session')).body, (await mia.get('/api/v1/labs/first/state')).body]), /ECONNREFUSED/);
  });
});
