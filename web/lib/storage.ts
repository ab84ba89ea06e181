// What this browser remembers between visits: sizes, tabs, theme. Losing it loses no work.

const PREFIX = 'patchbay:';

/** The remembered value if it is there and `accepts` it. */
export const tryRemembered = <T>(key: string, accepts: (value: unknown) => value is T): T | undefined => {
  try {
    const text = localStorage.getItem(PREFIX + key);
    const value: unknown = text === null ? undefined : JSON.parse(text);
    return accepts(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Remembers a value; silently not in a browser that forbids it. */
export const remember = (key: string, value: unknown): void => {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Private windows may refuse: everything works from its defaults.
  }
};

/** Panel layouts: percentages by panel id. */
export const isLayout = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((size) => typeof size === 'number' && size >= 0 && size <= 100);
