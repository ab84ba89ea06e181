// A channel lets go of clients that do not keep up, do not answer, or do not speak our language.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../base/index.ts';
import { closeCodes } from '../../contract/index.ts';
import { Channel } from './channel.ts';

class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly CLOSED = 3;
  readyState = 1;
  bufferedAmount = 0;
  sent: string[] = [];
  closedWith: number | undefined;
  terminated = false;
  pings = 0;
  send(text: string): void { this.sent.push(text); }
  ping(): void { this.pings++; }
  close(code: number): void {
    this.closedWith = code;
    this.readyState = 2;
  }
  terminate(): void {
    this.terminated = true;
    this.readyState = 3;
    this.emit('close');
  }
}

function fixture() {
  const timers = new Set<{ at: number; callback: () => void }>();
  let now = 0;
  const clock: Clock = {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return { dispose: () => timers.delete(timer) };
    },
  };
  const pass = (ms: number) => {
    now += ms;
    for (const timer of timers) {
      if (timer.at > now) continue;
      timers.delete(timer);
      timer.callback();
    }
  };
  const socket = new FakeSocket();
  return { socket, pass, timers, channel: new Channel<unknown>(socket as unknown as WebSocket, clock) };
}

describe('channel', () => {
  test('a client with too much waiting is closed with tooSlow, then cut off', () => {
    const { socket, channel, pass, timers } = fixture();
    let released = 0;
    channel.own({ dispose: () => released++ });
    channel.send({ a: 1 });
    socket.bufferedAmount = 5 * 1024 * 1024;
    channel.send({ a: 2 });
    channel.send({ a: 3 });
    assert.deepEqual([socket.sent, socket.closedWith, released], [['{"a":1}'], closeCodes.tooSlow, 1]);
    pass(2_000);
    assert.equal(socket.terminated, true);
    assert.equal(timers.size, 0);
  });

  test('a client that does not answer the heartbeat is cut off; one that does stays', () => {
    const { socket, pass } = fixture();
    pass(15_000);
    assert.equal(socket.pings, 1);
    socket.emit('pong');
    pass(15_000);
    assert.deepEqual([socket.pings, socket.terminated], [2, false]);
    pass(15_000);
    assert.equal(socket.terminated, true);
  });

  test('only messages that fit are taken', () => {
    const { socket, channel } = fixture();
    const taken: number[] = [];
    channel.receive(z.object({ n: z.number() }), (message) => taken.push(message.n));
    socket.emit('message', Buffer.from('{"n":1}'), false);
    socket.emit('message', Buffer.from('{"n":"1"}'), false);
    socket.emit('message', Buffer.from('{"n":2}'), false);
    assert.deepEqual([taken, socket.closedWith], [[1], closeCodes.badMessage]);
  });
});
