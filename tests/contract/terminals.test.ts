// What every implementation of Terminals promises, run on the one in this process and on ptyHost with real shells.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../server/base/index.ts';
import { connectPtyHost, createTerminals, type Terminals } from '../../server/terminals/index.ts';
import { spawnEchoPty } from '../../server/terminals/echoPty.ts';
import { TestViewer, watchTerminal } from '../support/terminalViewer.ts';

interface Subject { make(): Promise<{ terminals: Terminals; end(): Promise<void> }>; flood(count: number): string; last(count: number, code: number): string; hang: string }

const pty = { file: '/bin/bash', args: ['--norc', '--noprofile'], env: { PATH: process.env.PATH!, PS1: '$ ', HOME: '/', LANG: 'C.UTF-8' }, cwd: '/' };
const entry = fileURLToPath(new URL('../../server/terminals/ptyHostMain.ts', import.meta.url));

const subjects: Record<string, Subject> = {
  'in this process, pretend shells': {
    make: async () => {
      const terminals = createTerminals(spawnEchoPty);
      return { terminals, end: async () => terminals.dispose() };
    },
    flood: (count) => `flood ${count}`,
    last: (count, code) => `last ${count} ${code}`,
    hang: 'hang',
  },
  'ptyHost, bash': {
    make: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'pb-terminals-'));
      const terminals = await connectPtyHost({ socketPath: join(folder, 'pty.sock'), nodePath: process.execPath, entry, logger: silentLogger });
      return {
        terminals,
        end: async () => {
          await terminals.stopHost();
          terminals.dispose();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
    flood: (count) => `head -c ${count} /dev/zero | tr '\\0' x`,
    last: (count, code) => `exec bash -c "head -c ${count} /dev/zero | tr '\\0' x; exit ${code}"`,
    hang: 'sleep 1000',
  },
};

for (const [name, subject] of Object.entries(subjects)) {
  describe(`terminals: ${name}`, () => {
    let terminals: Terminals;
    let end: () => Promise<void>;
    const open = (owner = 'o') => terminals.open({ owner, title: 'workstation', machine: 'workstation', pty });

    before(async () => ({ terminals, end } = await subject.make()));
    after(() => end());

    test('a shell is listed for its owner, echoes, and tells its exit code', async () => {
      const { id } = await open('alice');
      assert.deepEqual((await terminals.list('alice')).map((info) => [info.id, info.running]), [[id, true]]);
      assert.deepEqual(await terminals.list('bob'), []);
      const viewer = await watchTerminal(terminals, id);
      await viewer.untilText('$ ');
      viewer.attachment!.input('echo one"two"three\r');
      await viewer.until('output', () => /one"?two"?three[^]*one/.test(viewer.text));
      viewer.attachment!.input('exit 7\r');
      await viewer.until('exit', () => viewer.messages.some((message) => message.type === 'exit' && message.code === 7));
      assert.equal((await terminals.list('alice'))[0]!.running, false);
      await terminals.close(id);
      assert.deepEqual(await terminals.list('alice'), []);
    });

    test('a viewer that comes back is given exactly what it missed, a new one the screen', async () => {
      const { id } = await open();
      const first = await watchTerminal(terminals, id);
      await first.runWhenFree('a', 'echo before');
      await first.until('prompt', () => /before\r\n[^]*\$ /.test(first.text));
      const seen = first.seq;
      first.attachment!.dispose();
      const other = await watchTerminal(terminals, id);
      await other.untilText('before');
      assert.equal(other.screens.length, 1);
      await other.runWhenFree('b', 'echo after');
      await other.until('after', () => (other.text.match(/after/g)?.length ?? 0) >= 2);
      const back = await watchTerminal(terminals, id, { since: seen });
      await back.until('after', () => (back.text.match(/after/g)?.length ?? 0) >= 2);
      assert.equal(back.screens.length, 0);
      assert.doesNotMatch(back.text, /before/);
      assert.equal(back.seq, seen + back.received);
      await terminals.close(id);
    });

    test('a sequence number that is not held is answered with a screen', async () => {
      const { id } = await open();
      const viewer = await watchTerminal(terminals, id, { since: 999_999_999 });
      await viewer.until('screen', () => viewer.screens.length === 1);
      await terminals.close(id);
    });

    test('a command is typed only at a free prompt', async () => {
      const { id } = await open();
      const viewer = await watchTerminal(terminals, id);
      await viewer.runWhenFree('first', 'echo one');
      await viewer.until('one', () => /one\r\n[^]*\$ /.test(viewer.text));
      viewer.attachment!.input('half');
      await viewer.untilText('half');
      const typed = await viewer.run('second', 'echo two');
      assert.equal(typed.accepted, false);
      assert.ok(typed.reason);
      viewer.attachment!.input('\x03');
      await viewer.untilText('^C');
      await viewer.runWhenFree('third', subject.hang);
      await viewer.until('the hanging command', () => viewer.text.includes(`${subject.hang}\r\n`) || viewer.text.includes(`${subject.hang}\x1b`));
      await viewer.until('running', () => viewer.text.lastIndexOf('133;C') > viewer.text.lastIndexOf('133;B'));
      assert.match((await viewer.run('fourth', 'echo four')).reason!, /running|busy/);
      await viewer.interrupt();
      await viewer.runWhenFree('fifth', 'echo five');
      await viewer.until('five', () => /five\r\n/.test(viewer.text));
      assert.equal(viewer.text.match(/echo one/g)!.length, 1, JSON.stringify(viewer.text));
      assert.doesNotMatch(viewer.text, /two|four/);
      await terminals.close(id);
    });

    test('a command of several lines runs all of them, in order', async () => {
      const { id } = await open();
      const viewer = await watchTerminal(terminals, id);
      await viewer.untilText('$ ');
      await viewer.runWhenFree('a', 'echo "li"ne1\necho "li"ne2\n');
      await viewer.until('both', () => /"?li"?ne1\r\n[^]*"?li"?ne2\r\n/.test(viewer.text.replace(/echo "li"ne\d/g, '')));
      await terminals.close(id);
    });

    test('the prompt stays free across a resize, and control characters of a command are not typed', async () => {
      const { id } = await open();
      const viewer = await watchTerminal(terminals, id);
      await viewer.untilText('$ ');
      viewer.attachment!.resize({ cols: 40, rows: 10 });
      await viewer.runWhenFree('a', 'echo sa\x03fe');
      await viewer.until('safe', () => (viewer.text.match(/safe/g)?.length ?? 0) >= 2);
      await terminals.close(id);
    });

    test('a viewer that acknowledges nothing stops the flood; another terminal answers meanwhile; acknowledging lets all of it through', async () => {
      const [flooded, calm] = [await open(), await open()];
      const viewer = await watchTerminal(terminals, flooded.id);
      const other = await watchTerminal(terminals, calm.id);
      await viewer.untilText('$ ');
      viewer.acknowledging = false;
      const total = 3_000_000;
      viewer.attachment!.input(`${subject.flood(total)}\r`);
      await viewer.until('the watermark', () => viewer.received > 100_000);
      await other.runWhenFree('c', 'echo calm');
      await other.until('calm', () => /calm\r\n/.test(other.text));
      assert.ok(viewer.received < 400_000, `held at ${viewer.received}`);
      viewer.acknowledging = true;
      viewer.attachment!.ack(viewer.seq);
      await viewer.until('the whole flood', () => viewer.received > total && viewer.text.endsWith('133;B\x07') || viewer.text.endsWith('\x1b[?2004h') && viewer.received > total);
      assert.equal(viewer.screens.length <= 1, true);
      await Promise.all([terminals.close(flooded.id), terminals.close(calm.id)]);
    });

    test('a slow viewer does not hold a fast one, and is brought back by a screen', async () => {
      const { id } = await open();
      const [fast, slow] = [await watchTerminal(terminals, id), await watchTerminal(terminals, id)];
      await fast.untilText('$ ');
      slow.acknowledging = false;
      fast.attachment!.input(`${subject.flood(1_000_000)}\r`);
      await fast.until('the whole flood', () => fast.received > 1_000_000);
      const screens = slow.screens.length;
      slow.acknowledging = true;
      slow.attachment!.ack(slow.seq);
      await slow.until('a screen', () => slow.screens.length === screens + 1);
      await slow.until('the end', () => slow.seq >= fast.seq);
      await terminals.close(id);
    });

    test('a shell that exits while it is held back loses nothing: its last output, then its exit', async () => {
      const { id } = await open();
      const viewer = await watchTerminal(terminals, id);
      await viewer.untilText('$ ');
      viewer.acknowledging = false;
      const before = viewer.received;
      viewer.attachment!.input(`${subject.last(130_000, 6)}\r`);
      await viewer.until('the watermark', () => viewer.received - before > 100_000);
      await delay(400); // longer than anything waits for a shell's last words
      viewer.acknowledging = true;
      viewer.attachment!.ack(viewer.seq);
      await viewer.until('the exit', () => viewer.messages.some((message) => message.type === 'exit'));
      assert.equal(viewer.messages.at(-1)!.type, 'exit');
      assert.ok((viewer.text.match(/x/g)?.length ?? 0) >= 130_000);
      await terminals.close(id);
    });

    test('closing tells viewers that it is gone; unknown ids are refused', async () => {
      const [one, two] = [await open('carol'), await open('carol')];
      const viewers = [await watchTerminal(terminals, one.id), await watchTerminal(terminals, two.id)];
      await terminals.closeAll('carol');
      await Promise.all(viewers.map((viewer) => viewer.until('gone', () => viewer.gone)));
      await assert.rejects(terminals.attach(one.id, { cols: 80, rows: 24 }, new TestViewer()), { code: 'unknown-terminal' });
      await terminals.close(one.id);
    });
  });
}

describe('ptyHost', () => {
  test('outlives its client, is started once by many at a time, and ends on stop', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pb-terminals-'));
    const options = { socketPath: join(folder, 'pty.sock'), nodePath: process.execPath, entry, logger: silentLogger };
    const clients = await Promise.all([1, 2, 3].map(() => connectPtyHost(options)));
    const { id } = await clients[0]!.open({ owner: 'o', title: 't', machine: 'workstation', pty });
    const viewer = await watchTerminal(clients[0]!, id);
    await viewer.runWhenFree('a', 'echo kept');
    await viewer.until('kept', () => /kept\r\n/.test(viewer.text));
    for (const client of clients) client.dispose();
    await viewer.until('gone', () => viewer.gone);
    const next = await connectPtyHost(options);
    assert.deepEqual((await next.list('o')).map((info) => info.id), [id]);
    const again = await watchTerminal(next, id);
    await again.untilText('kept');
    await next.stopHost();
    await again.until('gone', () => again.gone);
    next.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
});
