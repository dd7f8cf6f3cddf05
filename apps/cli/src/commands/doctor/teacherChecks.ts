import { isMlffdError } from '@mlffd/core';
import {
  ChgnetCalculator,
  findPython,
  type PresetState,
  presetStates,
  type Python,
} from '@mlffd/teachers';
import { type Check, type CheckGroup, messageOf } from './check.ts';

/** Teachers: the one that comes with the packages, Python, and what it has. */
export async function teacherChecks(signal: AbortSignal): Promise<CheckGroup> {
  const python = await findPython({ signal }).catch((error: unknown) => {
    if (isMlffdError(error) && error.name !== 'AbortedError') return error;
    throw error;
  });
  const found = 'executable' in python ? python : undefined;
  const states = await presetStates(found?.executable, { signal });
  return {
    id: 'teachers',
    title: 'Teachers',
    checks: [
      await chgnetCheck(),
      found === undefined ? noPython(messageOf(python)) : pythonCheck(found),
      ...environmentsOf(states).map(presetCheck),
    ],
  };
}

async function chgnetCheck(): Promise<Check> {
  const check = { id: 'teacher-chgnet', label: 'chgnet' };
  try {
    const teacher = await ChgnetCalculator.load();
    await teacher.dispose();
    return { ...check, status: 'ok', value: `${teacher.name}, in process, needs no Python` };
  } catch (error) {
    const advice = ['Install @mlffd/teachers again: it carries the model.'];
    return { ...check, status: 'missing', value: messageOf(error), advice };
  }
}

function pythonCheck({ version, executable, origin }: Python): Check {
  const value = `${version} at ${executable} (${origin})`;
  return { id: 'python', label: 'Python', status: 'ok', value };
}

function noPython(reason: string): Check {
  return {
    id: 'python',
    label: 'Python',
    status: 'gap',
    value: `${reason}; only teachers in process can be used`,
    advice: ['Install Python 3.11 or newer, or name one in MLFFD_PYTHON.'],
  };
}

/** Presets that share an environment. */
interface Environment {
  readonly names: readonly string[];
  readonly state: PresetState;
}

function environmentsOf(states: readonly PresetState[]): Environment[] {
  const folders = new Map<string, Environment>();
  for (const state of states) {
    const names = [...(folders.get(state.folder)?.names ?? []), state.name];
    folders.set(state.folder, { names, state: folders.get(state.folder)?.state ?? state });
  }
  return [...folders.values()];
}

function presetCheck({ names, state }: Environment): Check {
  const { name, folder } = state;
  const more = names.length - 1;
  const others = more === 0 ? '' : ` (and ${String(more)} more of it)`;
  const check = { id: `teacher-${name}`, label: name };
  if (state.state === 'environment') {
    return { ...check, status: 'ok', value: `environment ${folder}${others}` };
  }
  if (state.state === 'interpreter') {
    return { ...check, status: 'ok', value: `its packages are in that Python${others}` };
  }
  return {
    ...check,
    status: 'off',
    value: `not installed: mlffd teacher install ${name}${others}`,
  };
}
