// The colours keep their promise: AAA for text, AA for buttons, 3:1 for jacks and cables, in light and in dark.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const tokens = new Map([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name, light, dark]) => [name, { light, dark }]));

/** Relative luminance (WCAG 2.2). */
const luminance = (hex: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (front: string, back: string, scheme: 'light' | 'dark'): number => {
  const [one, other] = [front, back].map((name) => {
    const hex = tokens.get(name)?.[scheme];
    assert.ok(hex, `there is no colour --${name}`);
    return luminance(hex);
  });
  assert.ok(one !== undefined && other !== undefined);
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
};

const grounds = ['canvas', 'surface', 'raised', 'sunken'];
const verdicts = ['passed', 'failed', 'waiting', 'broken'];
const promises: readonly { least: number; pairs: readonly (readonly [string, string])[] }[] = [
  { least: 7, pairs: [
    ...['text', 'text-2', 'cable-text', 'failed-text', 'passed-text'].flatMap((text) => grounds.map((ground) => [text, ground] as const)),
    ...verdicts.flatMap((verdict) => [[`${verdict}-text`, `${verdict}-wash`], ['text', `${verdict}-wash`], ['text-2', `${verdict}-wash`]] as const),
    ['text', 'cable-wash'], ['on-cable', 'cable-fill'],
  ] },
  { least: 4.5, pairs: ['keyword', 'string', 'number', 'name', 'comment'].map((kind) => [`code-${kind}`, 'sunken'] as const) },
  { least: 3, pairs: ['cable', 'line-strong', 'focus', ...verdicts].flatMap((shape) => grounds.map((ground) => [shape, ground] as const)) },
];

for (const scheme of ['light', 'dark'] as const) {
  describe(scheme, () => {
    for (const { least, pairs } of promises) {
      for (const [front, back] of pairs) {
        test(`--${front} on --${back} reaches ${least}:1`, () => {
          const reached = contrast(front, back, scheme);
          assert.ok(reached >= least, `it reaches ${reached.toFixed(2)}`);
        });
      }
    }
  });
}
