import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sagPath } from './cablePath.ts';

describe('sagPath', () => {
  test('is a straight line without sag', () => assert.equal(sagPath(100, 10, 0), 'M0 10H100'));
  test('its middle hangs by the sag asked for', () => {
    const [, control] = /C\S+ (\S+) /.exec(sagPath(100, 10, 6)) ?? [];
    // A cubic's middle is 1/8 start + 3/8 + 3/8 control + 1/8 end.
    assert.equal(0.25 * 10 + 0.75 * Number(control), 16);
  });
});
