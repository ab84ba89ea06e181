// What the registry stores, namespaces empty and the garbage collector follow must be the same kinds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegistry, createStore } from '../registry/index.ts';
import { collectedKinds, namespacedKinds } from './managedKinds.ts';

test('every stored kind is known to the namespace controller and the garbage collector', () => {
  const stored = createRegistry({ storage: createStore() }).resources.filter(({ virtual, viewOf }) => !virtual && viewOf === undefined);
  const name = ({ group, resource }: { group: string; resource: string }) => `${resource}.${group}`;
  assert.deepEqual(namespacedKinds.map(name).toSorted(), stored.filter(({ namespaced }) => namespaced).map(name).toSorted());
  assert.deepEqual([...collectedKinds.map(name), 'events.'].toSorted(), stored.map(name).toSorted());
});
