import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Writes trajectories, of the built package, in a process of its own. */
export const TRAJECTORY_CHILD: string = fileURLToPath(
  new URL('trajectoryChild.mjs', import.meta.url),
);

/** The flags that Jest runs with are not the child's. */
export const CHILD_ENVIRONMENT: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '' };

/** Files as they are between, within and after the calls that change one: ENDING/NUMBER-FRAMES. */
export function takeSnapshots(folder: string): string {
  mkdirSync(folder, { recursive: true });
  execFileSync(process.execPath, [TRAJECTORY_CHILD, 'snapshots', folder], {
    env: CHILD_ENVIRONMENT,
  });
  return folder;
}
