import { join } from 'node:path';

/** Files of a run in its folder, beside the trajectory. */
export const OWN_FILES = {
  settings: 'md.json',
  restart: 'restart.json',
  energies: 'energies.csv',
  events: 'events.jsonl',
  minimized: 'minimized.xyz',
  teacher: 'teacher-calls.xyz',
  summary: 'summary.json',
  page: 'md.html',
  stopped: 'stopped',
} as const;

/** Whether a name is that of a file of every run. */
export function isOwnFile(name: string): boolean {
  return (Object.values(OWN_FILES) as readonly string[]).includes(name);
}

/** Path of a file of a run. */
export function ownFile(folder: string, name: keyof typeof OWN_FILES): string {
  return join(folder, OWN_FILES[name]);
}
