import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the environment of a preset is made unless another folder is given:
 * `$MLFFD_ENVIRONMENTS/NAME`, else `mlffd/environments/NAME` in the user's data folder.
 */
export function environmentFolder(name: string): string {
  const { MLFFD_ENVIRONMENTS: root, XDG_DATA_HOME: data } = process.env;
  if (root !== undefined && root !== '') return join(root, name);
  const home = data !== undefined && data !== '' ? data : join(homedir(), '.local', 'share');
  return join(home, 'mlffd', 'environments', name);
}

/** Interpreter of an environment. */
export function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python');
}
