// Who may call what: every endpoint and socket against every role. A route that is not in this table fails the test.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { socketEndpoints } from '../../server/http/sockets/index.ts';
import { clusterNameOf } from '../../server/sessions/index.ts';
import type { TestBrowser } from '../support/testBrowser.ts';
import { instructorPassword, TestMachine, type TestServer } from '../support/testServer.ts';

const [everyone, student, instructor] = ['visitor student instructor', 'student', 'instructor'];
const table: Record<string, string> = {
  'GET /api/v1/me': everyone, 'POST /api/v1/join': everyone, 'GET /s/:secret': everyone, 'POST /api/v1/logout': everyone, 'POST /api/v1/instructor/login': everyone, 'GET /metrics': everyone,
  'GET /api/v1/session': student, 'POST /api/v1/cluster/renew': student, 'GET /api/v1/labs/:lab': student, 'GET /api/v1/labs/:lab/state': student, 'POST /api/v1/labs/:lab/open': student,
  'POST /api/v1/labs/:lab/start-over': student, 'POST /api/v1/labs/:lab/checks/:check/run': student, 'POST /api/v1/labs/:lab/quizzes/:quiz': student, 'POST /api/v1/labs/:lab/files/:block': student,
  'GET /api/v1/labs/:lab/assets/:file': student, 'GET /api/v1/terminals': student, 'POST /api/v1/terminals': student, 'DELETE /api/v1/terminals/:id': student,
  'GET /api/v1/classroom': instructor, 'POST /api/v1/classroom/students/:session/reset': instructor, 'POST /api/v1/classroom/students/:session/link': instructor, 'DELETE /api/v1/classroom/students/:session': instructor,
  'SOCKET /api/v1/events': student, 'SOCKET /api/v1/classroom/events': instructor, 'SOCKET /api/v1/terminals/:id/socket': student,
};

describe('roles', () => {
  const machine = new TestMachine();
  let server: TestServer;
  let browsers: Record<string, TestBrowser>;
  before(async () => {
    server = await machine.start();
    browsers = { visitor: server.visitor(), student: await server.student('Ada'), instructor: await server.instructor() };
  });
  after(() => machine.dispose());

  test('the table names every endpoint and no other', () => {
    const there = [...server.app.endpoints.map(({ method, path }) => `${method} ${path}`), ...socketEndpoints.map(({ path }) => `SOCKET ${path}`)];
    assert.deepEqual(there.toSorted(), Object.keys(table).toSorted());
  });

  for (const [name, allowed] of Object.entries(table)) {
    const [method, pattern] = name.split(' ') as [string, string];
    const path = pattern.replaceAll(/:\w+/g, 'unknown');
    for (const role of ['visitor', 'student', 'instructor']) {
      if (method === 'POST' && path.endsWith('/logout')) continue; // would end the browsers of the other cases
      const may = allowed.split(' ').includes(role);
      test(`${role} ${may ? 'may' : 'may not'} ${name}`, async () => {
        const browser = browsers[role]!;
        if (method === 'SOCKET') {
          const socket = await browser.socket(path);
          if (may && !path.includes('unknown')) await socket.untilTrue('a greeting', () => socket.messages.length > 0);
          else await socket.untilClosed();
          const code = socket.closed?.code;
          assert.equal(code, may ? (path.includes('unknown') ? 4404 : undefined) : role === 'visitor' ? 4401 : 4403);
          return socket.close();
        }
        const { status, body } = await browser.request(method, path, {});
        const refusal = role === 'visitor' ? 'not-signed-in' : 'forbidden';
        assert.equal(body?.code === 'not-signed-in' || body?.code === 'forbidden', !may, JSON.stringify(body));
        if (!may) assert.deepEqual([status, body.code], [role === 'visitor' ? 401 : 403, refusal]);
      });
    }
  }

  test('what is not listed is not there, whoever asks', async () => {
    for (const browser of Object.values(browsers)) {
      for (const [method, path] of [['GET', '/api/v1/sessions'], ['PUT', '/api/v1/session'], ['GET', '/api/v1/session/'], ['GET', '/API/v1/session'], ['POST', '/api'], ['GET', '/api/v1/labs/%E0%A4%A/state']] as const) {
        assert.equal((await browser.request(method, path, {})).status, 404, `${method} ${path}`);
      }
    }
  });

  test('another student gets nothing of the first: terminal, socket, cluster, progress', async () => {
    const mallory = await server.student('Mallory');
    const ada = browsers.student!;
    await ada.get('/api/v1/labs/first');
    const { id } = (await ada.post('/api/v1/terminals', { machine: 'workstation' })).body;
    assert.deepEqual((await mallory.get('/api/v1/terminals')).body, []);
    assert.equal((await mallory.delete(`/api/v1/terminals/${id}`)).body.code, 'unknown-terminal');
    const socket = await mallory.socket(`/api/v1/terminals/${id}/socket`);
    socket.send({ type: 'open', cols: 80, rows: 24 });
    await socket.untilClosed();
    assert.deepEqual([socket.closed!.code, socket.messages], [4404, []]);
    await ada.post('/api/v1/labs/first/open');
    await ada.post('/api/v1/labs/first/checks/worker-address/run', { answer: '172.18.0.3' });
    assert.equal((await mallory.get('/api/v1/session')).body.workshop.labs[0].earned, 0);
    assert.equal((await mallory.get('/api/v1/labs/first/state')).body.phase, 'closed');
    assert.equal((await ada.get('/api/v1/terminals')).body.length, 1);
    const clusters = [...machine.host.clusters.keys()];
    assert.ok(clusters.includes(clusterNameOf(mallory.sessionId)));
    assert.equal(clusters.length, 2);
  });

  test('a browser that is student and instructor is both', async () => {
    const both = server.visitor();
    for (const [name, value] of [...browsers.student!.cookies, ...browsers.instructor!.cookies]) both.cookies.set(name, value);
    assert.equal((await both.get('/api/v1/session')).status, 200);
    assert.equal((await both.get('/api/v1/classroom')).status, 200);
    assert.equal((await both.get('/api/v1/me')).body.role, 'student');
    assert.equal((await both.get('/api/v1/me?role=instructor')).body.role, 'instructor');
  });

  test('signing out ends the instructor\'s secret and its boards, not the student\'s link nor another\'s board', async () => {
    const [leaving, staying] = [await server.instructor(), await server.instructor()];
    const cookies = [...leaving.cookies];
    const [board, other] = [await leaving.socket('/api/v1/classroom/events'), await staying.socket('/api/v1/classroom/events')];
    await board.until('board', (message) => message.type === 'board');
    assert.equal((await leaving.post('/api/v1/logout')).status, 204);
    assert.equal(leaving.cookies.size, 0);
    await board.untilClosed();
    assert.equal(board.closed!.code, 4401);
    assert.equal(other.closed, undefined);
    await server.classrooms.accounts.ensurePassword('a new password');
    await other.untilClosed();
    assert.equal(other.closed!.code, 4401);
    await server.classrooms.accounts.ensurePassword(instructorPassword);
    for (const [name, value] of cookies) leaving.cookies.set(name, value);
    assert.equal((await leaving.get('/api/v1/classroom')).status, 401);
  });
});
