// Single values of the installation, such as the hash of the instructor's password.
import type { DatabaseSync } from 'node:sqlite';

export interface SettingsTable {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

export function createSettingsTable(database: DatabaseSync): SettingsTable {
  const get = database.prepare('SELECT value FROM settings WHERE key = ?');
  const set = database.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  return {
    get: (key) => (get.get(key) as { value: string } | undefined)?.value,
    set: (key, value) => void set.run(key, value),
  };
}
