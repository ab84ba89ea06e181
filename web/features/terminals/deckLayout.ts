// Which terminal stands where: one or two panes of tabs; pure changes only.

/** `tabs` are terminal ids; `active` is one of them unless the pane is empty. */
export interface Pane {
  tabs: readonly string[];
  active?: string;
}

/** One pane, or two side by side (`right`) or stacked (`below`). `focused` is the pane that new tabs go to. */
export interface DeckLayout {
  direction: 'right' | 'below';
  panes: readonly Pane[];
  focused: number;
}

export const emptyLayout: DeckLayout = { direction: 'below', panes: [{ tabs: [] }], focused: 0 };

const pane = (tabs: readonly string[], active: string | undefined): Pane => {
  const shown = active !== undefined && tabs.includes(active) ? active : tabs[0];
  return shown === undefined ? { tabs } : { tabs, active: shown };
};

/** Drops empty panes but the last, and keeps `focused` inside. */
const tidy = (layout: DeckLayout): DeckLayout => {
  const kept = layout.panes.filter((each) => each.tabs.length > 0);
  const panes = kept.length > 0 ? kept : [{ tabs: [] }];
  return { ...layout, panes, focused: Math.min(layout.focused, panes.length - 1) };
};

/** Index of the pane that holds a terminal, or -1. */
export const paneOf = (layout: DeckLayout, id: string): number => layout.panes.findIndex((each) => each.tabs.includes(id));

/** The layout after the server told which terminals exist: gone ones leave, unknown ones join the first pane. */
export const withTerminals = (layout: DeckLayout, ids: readonly string[]): DeckLayout => {
  const placed = new Set(layout.panes.flatMap((each) => each.tabs));
  const fresh = ids.filter((id) => !placed.has(id));
  return tidy({ ...layout, panes: layout.panes.map((each, index) => {
    const tabs = each.tabs.filter((id) => ids.includes(id));
    return pane(index === 0 ? [...tabs, ...fresh] : tabs, each.active);
  }) });
};

/** Adds a tab to the focused pane, or to pane `at`, and shows it. */
export const addTab = (layout: DeckLayout, id: string, at = layout.focused): DeckLayout => ({
  ...layout, focused: at,
  panes: layout.panes.map((each, index) => {
    const tabs = each.tabs.filter((other) => other !== id);
    return index === at ? { tabs: [...tabs, id], active: id } : pane(tabs, each.active);
  }),
});

/** Shows a tab where it stands. */
export const showTab = (layout: DeckLayout, id: string): DeckLayout => {
  const at = paneOf(layout, id);
  if (at < 0) return layout;
  return { ...layout, focused: at, panes: layout.panes.map((each, index) => (index === at ? { ...each, active: id } : each)) };
};

/** Removes a tab; its right neighbour (or the left one) is shown next; an empty second pane closes. */
export const removeTab = (layout: DeckLayout, id: string): DeckLayout => tidy({
  ...layout,
  panes: layout.panes.map((each) => {
    const index = each.tabs.indexOf(id);
    if (index < 0) return each;
    const tabs = each.tabs.filter((other) => other !== id);
    return pane(tabs, each.active === id ? tabs[Math.min(index, tabs.length - 1)] : each.active);
  }),
});

/** Puts another terminal in the same place, for a shell that was started again. */
export const replaceTab = (layout: DeckLayout, old: string, id: string): DeckLayout => ({
  ...layout,
  panes: layout.panes.map((each) => (each.tabs.includes(old)
    ? pane(each.tabs.filter((other) => other !== id).map((other) => (other === old ? id : other)), each.active === old ? id : each.active)
    : each)),
});

/** Opens a second pane that shows `id`; with two panes already, adds it to the one without focus. */
export const splitWith = (layout: DeckLayout, id: string, direction: DeckLayout['direction']): DeckLayout => {
  if (layout.panes.length > 1) return { ...addTab(layout, id, layout.focused === 0 ? 1 : 0), direction };
  const [only] = layout.panes;
  const tabs = (only?.tabs ?? []).filter((other) => other !== id);
  return { direction, panes: [pane(tabs, only?.active), { tabs: [id], active: id }], focused: 1 };
};

/** Whether a remembered value is a layout. */
export const isDeckLayout = (value: unknown): value is DeckLayout => {
  if (typeof value !== 'object' || value === null) return false;
  const { direction, panes, focused } = value as Record<string, unknown>;
  return (direction === 'right' || direction === 'below') && typeof focused === 'number' && Array.isArray(panes) && panes.length >= 1 && panes.length <= 2
    && panes.every((each: unknown) => typeof each === 'object' && each !== null && Array.isArray((each as Pane).tabs) && (each as Pane).tabs.every((id: unknown) => typeof id === 'string'));
};
