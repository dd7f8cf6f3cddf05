import { execFile } from 'node:child_process';
import { environmentFolder } from './environmentFolder.ts';
import { isInstalled } from './installEnvironment.ts';
import { environmentName, PYTHON_PRESETS } from './presets.ts';

/** Longest time an interpreter may take to list its packages, ms. */
const PROBE_MS = 60_000;

const PROBE = `import json, sys, importlib.metadata as m
def version(name):
    try:
        return m.version(name)
    except m.PackageNotFoundError:
        return None
print(json.dumps({name: version(name) for name in sys.argv[1:]}))`;

/** Whether a teacher in Python can be started on this machine. */
export interface PresetState {
  readonly name: string;
  /**
   * `environment`: one was made for it; `interpreter`: the given Python has its packages, maybe in other
   * versions; `absent`: neither.
   */
  readonly state: 'environment' | 'interpreter' | 'absent';
  /** Where its environment is, or would be made. */
  readonly folder: string;
  /** Packages that the given Python lacks. */
  readonly missing: readonly string[];
}

/**
 * The presets, and what there is to run them: nothing is imported, so that it takes no more than the
 * start of one interpreter.
 *
 * @param python interpreter to look into beside the environments; none by default
 */
export async function presetStates(
  python?: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<PresetState[]> {
  const presets = Object.entries(PYTHON_PRESETS);
  const names = new Set(presets.flatMap(([, { requirements }]) => Object.keys(requirements)));
  const versions = python === undefined ? {} : await versionsIn(python, [...names], options.signal);
  return Promise.all(
    presets.map(async ([name, { requirements }]): Promise<PresetState> => {
      const missing = Object.keys(requirements).filter((key) => (versions[key] ?? null) === null);
      const folder = environmentFolder(environmentName(name));
      if (await isInstalled(name)) return { name, state: 'environment', folder, missing };
      return { name, state: missing.length === 0 ? 'interpreter' : 'absent', folder, missing };
    }),
  );
}

type Versions = Readonly<Record<string, string | null | undefined>>;

function versionsIn(
  python: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Versions> {
  return new Promise((resolve) => {
    const options = { timeout: PROBE_MS, ...(signal === undefined ? {} : { signal }) };
    execFile(python, ['-c', PROBE, ...names], options, (_failure, stdout) => {
      try {
        // Start-up files of a user may print, so only the last line counts.
        resolve(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Versions);
      } catch {
        resolve({});
      }
    });
  });
}
