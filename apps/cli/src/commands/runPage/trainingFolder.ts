import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Folder of the trainer inside what the user names: that folder itself, or the newest training of
 * a run of `mlffd distill`.
 */
export function trainingFolder(run: string): string {
  const folder = resolve(run);
  if (existsSync(join(folder, 'config.json'))) return folder;
  const stages = join(folder, 'stages');
  const names = existsSync(stages) ? readdirSync(stages) : [];
  const candidates = [folder, ...names.map((name) => join(stages, name))]
    .map((parent) => join(parent, 'training'))
    .filter((candidate) => existsSync(join(candidate, 'config.json')))
    .map((candidate) => ({ candidate, at: statSync(join(candidate, 'config.json')).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  return candidates.at(0)?.candidate ?? folder;
}
