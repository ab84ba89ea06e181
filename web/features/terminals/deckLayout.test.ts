import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addTab, emptyLayout, isDeckLayout, removeTab, replaceTab, showTab, splitWith, withTerminals } from './deckLayout.ts';

const three = withTerminals(emptyLayout, ['a', 'b', 'c']);

describe('deck layout', () => {
  test('terminals the server knows join the first pane; gone ones leave', () => {
    assert.deepEqual(withTerminals(showTab(three, 'b'), ['a', 'c', 'd']).panes, [{ tabs: ['a', 'c', 'd'], active: 'a' }]);
  });
  test('closing the shown tab shows its neighbour', () => {
    assert.equal(removeTab(showTab(three, 'b'), 'b').panes[0]?.active, 'c');
    assert.equal(removeTab(showTab(three, 'c'), 'c').panes[0]?.active, 'b');
  });
  test('closing another tab keeps what is shown', () => assert.equal(removeTab(showTab(three, 'c'), 'a').panes[0]?.active, 'c'));
  test('a split shows the new one beside, and closes with its last tab', () => {
    const split = splitWith(three, 'd', 'right');
    assert.deepEqual(split.panes, [{ tabs: ['a', 'b', 'c'], active: 'a' }, { tabs: ['d'], active: 'd' }]);
    const closed = removeTab(split, 'd');
    assert.deepEqual([closed.panes.length, closed.focused], [1, 0]);
  });
  test('the second pane stays when the first one empties', () => {
    const split = splitWith(withTerminals(emptyLayout, ['a']), 'b', 'below');
    assert.deepEqual(removeTab(split, 'a').panes, [{ tabs: ['b'], active: 'b' }]);
  });
  test('splitting twice keeps two panes', () => assert.equal(splitWith(splitWith(three, 'd', 'right'), 'e', 'below').panes.length, 2));
  test('a shell started again keeps its place', () => {
    assert.deepEqual(replaceTab(showTab(three, 'b'), 'b', 'x').panes[0], { tabs: ['a', 'x', 'c'], active: 'x' });
  });
  test('adding a tab that stands elsewhere moves it', () => {
    const split = splitWith(three, 'd', 'right');
    assert.deepEqual(addTab(split, 'a', 1).panes.map((each) => each.tabs), [['b', 'c'], ['d', 'a']]);
  });
  test('only layouts pass for layouts', () => {
    assert.ok(isDeckLayout(JSON.parse(JSON.stringify(three))));
    assert.ok(!isDeckLayout({ direction: 'right', panes: [], focused: 0 }));
    assert.ok(!isDeckLayout({ direction: 'right', panes: [{ tabs: [1] }], focused: 0 }));
  });
});
