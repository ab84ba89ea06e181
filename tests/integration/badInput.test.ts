// Whatever arrives, the answer is a clear problem, nothing crashes, and the next good request works.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Problem } from '../../server/contract/index.ts';
import { instructorPassword, TestMachine, type TestServer } from '../support/testServer.ts';
import type { TestBrowser } from '../support/testBrowser.ts';

const json = { 'content-type': 'application/json' };

describe('bad input', () => {
  const machine = new TestMachine();
  let server: TestServer;
  let ada: TestBrowser & { sessionId: string };
  before(async () => {
    server = await machine.start();
    ada = await server.student('Ada');
    await ada.post('/api/v1/labs/first/open');
  });
  after(() => machine.dispose());

  const cases: [string, string, string, { body?: string | Uint8Array; headers?: Record<string, string> }, number, string][] = [
    ['JSON that is none', 'POST', '/api/v1/join', { body: '{"code":', headers: json }, 400, 'invalid-input'],
    ['a scalar', 'POST', '/api/v1/join', { body: '"x"', headers: json }, 400, 'invalid-input'],
    ['an array', 'POST', '/api/v1/join', { body: '[]', headers: json }, 400, 'invalid-input'],
    ['null', 'POST', '/api/v1/join', { body: 'null', headers: json }, 400, 'invalid-input'],
    ['nothing', 'POST', '/api/v1/join', {}, 400, 'invalid-input'],
    ['a wrong type', 'POST', '/api/v1/join', { body: '{"code":1,"name":{}}', headers: json }, 400, 'invalid-input'],
    ['an unknown field', 'POST', '/api/v1/join', { body: '{"code":"a","name":"b","admin":true}', headers: json }, 400, 'invalid-input'],
    ['a prototype', 'POST', '/api/v1/join', { body: '{"code":"a","name":"b","__proto__":{"x":1}}', headers: json }, 400, 'invalid-input'],
    ['markup in a name', 'POST', '/api/v1/join', { body: '{"code":"a","name":"<script>"}', headers: json }, 400, 'invalid-input'],
    ['control characters in a name', 'POST', '/api/v1/join', { body: '{"code":"a","name":"a\\u0000b"}', headers: json }, 400, 'invalid-input'],
    ['an empty name', 'POST', '/api/v1/join', { body: '{"code":"a","name":"  \\t "}', headers: json }, 400, 'invalid-input'],
    ['a long name', 'POST', '/api/v1/join', { body: JSON.stringify({ code: 'a', name: 'x'.repeat(61) }), headers: json }, 400, 'invalid-input'],
    ['a wrong code', 'POST', '/api/v1/join', { body: '{"code":"nope","name":"Bo"}', headers: json }, 404, 'join-code-wrong'],
    ['a body over the limit', 'POST', '/api/v1/join', { body: JSON.stringify({ code: 'x'.repeat(70_000) }), headers: json }, 413, 'too-large'],
    ['a form', 'POST', '/api/v1/join', { body: 'code=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported-type'],
    ['compression', 'POST', '/api/v1/join', { body: new Uint8Array([31, 139, 8]), headers: { ...json, 'content-encoding': 'gzip' } }, 415, 'unsupported-type'],
    ['an unknown charset', 'POST', '/api/v1/join', { body: '{}', headers: { 'content-type': 'application/json; charset=koi8-r' } }, 415, 'unsupported-type'],
    ['another site', 'POST', '/api/v1/logout', { headers: { origin: 'https://evil.example' } }, 403, 'bad-origin'],
    ['a page without origin', 'POST', '/api/v1/logout', { headers: { origin: 'null' } }, 403, 'bad-origin'],
    ['no header of ours', 'POST', '/api/v1/logout', { headers: { 'x-patchbay-request': '' } }, 403, 'bad-origin'],
    ['a lab that is none', 'GET', '/api/v1/labs/nope', {}, 404, 'not-found'],
    ['a lab that is a path', 'GET', '/api/v1/labs/..%2F..%2Fetc', {}, 404, 'not-found'],
    ['a lab that is a prototype', 'GET', '/api/v1/labs/__proto__/state', {}, 404, 'not-found'],
    ['a check that is none', 'POST', '/api/v1/labs/first/checks/constructor/run', {}, 404, 'unknown-check'],
    ['an answer that is an object', 'POST', '/api/v1/labs/first/checks/worker-address/run', { body: '{"answer":{}}', headers: json }, 400, 'invalid-input'],
    ['a long answer', 'POST', '/api/v1/labs/first/checks/worker-address/run', { body: JSON.stringify({ answer: 'x'.repeat(5000) }), headers: json }, 400, 'invalid-input'],
    ['a quiz that is none', 'POST', '/api/v1/labs/first/quizzes/nope', { body: '{"choices":["a"]}', headers: json }, 404, 'not-found'],
    ['no choice', 'POST', '/api/v1/labs/first/quizzes/which', { body: '{"choices":[]}', headers: json }, 400, 'invalid-input'],
    ['a file that is none', 'POST', '/api/v1/labs/first/files/..%2Fx', {}, 404, 'not-found'],
    ['a machine with a path', 'POST', '/api/v1/terminals', { body: '{"machine":"../../bin"}', headers: json }, 400, 'invalid-input'],
    ['a machine with a flag', 'POST', '/api/v1/terminals', { body: '{"machine":"--help"}', headers: json }, 400, 'invalid-input'],
    ['a terminal that is none', 'DELETE', '/api/v1/terminals/t_0000000000000000', {}, 404, 'unknown-terminal'],
    ['a method that is none', 'PATCH', '/api/v1/session', {}, 404, 'not-found'],
  ];
  for (const [what, method, path, request, status, code] of cases) {
    test(`${what}: ${status} ${code}`, async () => {
      const answer = await ada.request(method, path, request);
      const problem = Problem.parse(answer.body);
      assert.deepEqual([answer.status, problem.status, problem.code], [status, status, code], answer.text);
      assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/);
      assert.ok(problem.title.length > 5);
      assert.doesNotMatch(answer.text, /node_modules|\.ts:|Error:/);
      assert.equal((await ada.get('/api/v1/me')).body.role, 'student');
    });
  }

  test('a second answer to one request is not smuggled in, and a broken request gets an answer', async () => {
    const { port } = new URL(server.url);
    const say = (text: string) => new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      let heard = '';
      socket.on('data', (data) => { heard += data; });
      socket.on('close', () => resolve(heard));
    });
    assert.match(await say('nonsense\r\n\r\n'), /^HTTP\/1\.1 400/);
    assert.match(await say(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431/);
    assert.equal((await ada.get('/healthz')).status, 200);
  });

  test('sockets from another site, or from none, are refused', async () => {
    for (const origin of ['https://evil.example', 'null', `${server.url}.evil.example`, '']) {
      const socket = await ada.socket('/api/v1/events', { origin });
      await socket.untilTrue('a refusal', () => socket.refused !== undefined);
      assert.equal(socket.refused, 403, origin);
    }
    assert.equal((await ada.socket('/api/v1/nothing')).refused, 404);
  });

  const { id } = { id: 't_aaaaaaaaaaaaaaaa' };
  const frames: [string, string, string | Buffer, number][] = [
    ['binary', '/api/v1/events', Buffer.from([1, 2, 3]), 4400],
    ['no JSON', '/api/v1/events', 'hello', 4400],
    ['an unknown type', '/api/v1/events', '{"type":"root"}', 4400],
    ['a lab id that is none', '/api/v1/events', '{"type":"watching","labId":"../x","stepId":"a"}', 4400],
    ['many check ids', '/api/v1/events', JSON.stringify({ type: 'watching', labId: 'first', stepId: 'a', checkIds: Array(100).fill('a') }), 4400],
    ['a frame over the limit', '/api/v1/events', 'x'.repeat(600_000), 1009],
    ['input before open', `/api/v1/terminals/${id}/socket`, '{"type":"input","data":"x"}', 4400],
    ['a size of zero', `/api/v1/terminals/${id}/socket`, '{"type":"open","cols":0,"rows":0}', 4400],
    ['a size that is huge', `/api/v1/terminals/${id}/socket`, '{"type":"open","cols":100000,"rows":24}', 4400],
    ['a size that is no number', `/api/v1/terminals/${id}/socket`, '{"type":"open","cols":"80","rows":24}', 4400],
    ['a negative sequence number', `/api/v1/terminals/${id}/socket`, '{"type":"open","cols":80,"rows":24,"since":-1}', 4400],
    ['an unknown terminal', `/api/v1/terminals/${id}/socket`, '{"type":"open","cols":80,"rows":24}', 4404],
    ['an id that is none', '/api/v1/terminals/..%2Fx/socket', '{"type":"open","cols":80,"rows":24}', 4404],
  ];
  for (const [what, path, frame, code] of frames) {
    test(`a socket message: ${what} ends it with ${code}`, async () => {
      const socket = await ada.socket(path);
      socket.websocket.send(frame);
      await socket.untilClosed();
      assert.equal(socket.closed!.code, code);
      assert.equal((await ada.get('/api/v1/me')).status, 200);
    });
  }

  test('a step that the lab does not have is ignored', async () => {
    const socket = await ada.socket('/api/v1/events');
    socket.send({ type: 'watching', labId: 'first', stepId: 'nope', checkIds: ['made'] });
    socket.send({ type: 'watching', labId: 'nope', stepId: 'nope' });
    socket.send({ type: 'watching', labId: 'first', stepId: 'make-it', checkIds: ['nope', 'made'] });
    await socket.until('a run of the check that is there', (message) => message.type === 'check' && message.check.id === 'made');
    socket.close();
  });

  test('guessing codes and passwords is slowed down by address; joining rightly is not', async () => {
    const fresh = new TestMachine();
    const own = await fresh.start();
    const guesser = own.visitor();
    let refused = await guesser.post('/api/v1/instructor/login', { password: 'wrong' });
    assert.equal(refused.body.code, 'password-wrong');
    for (let i = 0; i < 10; i++) refused = await guesser.post('/api/v1/instructor/login', { password: 'wrong' });
    assert.deepEqual([refused.status, refused.body.code], [429, 'too-many-requests']);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal((await guesser.post('/api/v1/instructor/login', { password: instructorPassword })).status, 429);
    for (let i = 0; i < 61; i++) refused = await guesser.post('/api/v1/join', { code: `x${i}`, name: 'Guess' });
    assert.equal(refused.status, 429);
    await own.close();
    const again = await fresh.start();
    const everyone = await Promise.all(Array.from({ length: 200 }, (_, i) => again.visitor().post('/api/v1/join', { code: again.opened.joinCode, name: `Student ${i}` })));
    assert.ok(everyone.every((answer) => answer.status === 200));
    await fresh.dispose();
  });

  test('one student cannot keep the server busy with changes; others are not held up', async () => {
    const busy = await server.student('Busy');
    const answers = await Promise.all(Array.from({ length: 160 }, () => busy.post('/api/v1/labs/first/quizzes/which', { choices: ['a'] })));
    assert.ok(answers.some((answer) => answer.status === 200));
    const refused = answers.find((answer) => answer.status === 429)!;
    assert.deepEqual([refused.body.code, refused.headers.has('retry-after')], ['too-many-requests', true]);
    assert.equal((await ada.post('/api/v1/labs/first/quizzes/which', { choices: ['a'] })).status, 200);
  });

  test('a full classroom says so', async () => {
    const fresh = new TestMachine();
    const own = await fresh.start({ capacity: 1 });
    await own.student('One');
    assert.equal((await own.visitor().post('/api/v1/join', { code: own.opened.joinCode, name: 'Two' })).body.code, 'classroom-full');
    await fresh.dispose();
  });
});
