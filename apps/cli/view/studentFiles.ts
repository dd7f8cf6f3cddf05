import { createAtoms, FileFormatError, MlffdError, readExtxyz } from '@mlffd/core';
import { CHECKPOINT_FILES, decodeStudent, decodeTestVectors, type Student } from '@mlffd/student';
import { formulaOf } from './formula.ts';
import type { StartStructure } from './protocol.ts';

/** `view.json` beside the page, written by `mlffd view`. */
interface ViewDescription {
  readonly name: string;
  /** File of structures in extended XYZ, if there is one. */
  readonly structures?: string;
}

/** What lies beside the page. */
export interface Delivery {
  readonly name: string;
  readonly student: Student;
  readonly structures: readonly StartStructure[];
}

/** A file that the page needs did not come. */
class MissingFileError extends MlffdError {
  override readonly name = 'MissingFileError';
}

/** Fetches and checks the student in the folder `student` below `base`. */
export async function fetchStudent(base: URL): Promise<Delivery> {
  const file = (name: string): Promise<Uint8Array> => fetchBytes(new URL(`student/${name}`, base));
  const [description, config, weights, vectors] = await Promise.all([
    fetchBytes(new URL('view.json', base)),
    file(CHECKPOINT_FILES.config),
    file(CHECKPOINT_FILES.weights),
    file(CHECKPOINT_FILES.testVectors),
  ]);
  const { name, structures: list } = JSON.parse(textOf(description)) as ViewDescription;
  const student = decodeStudent({ config, weights });
  const given =
    list === undefined
      ? []
      : structuresOf(textOf(await fetchBytes(new URL(list, base))), {
          where: list,
          origin: 'structure',
        });
  return { name, student, structures: [...given, ...testStructures(textOf(vectors))] };
}

/**
 * Structures of a text in extended XYZ, labelled by formula, origin and number.
 *
 * @param where name of the text, for messages
 */
export function structuresOf(
  text: string,
  { where, origin }: { where: string; origin: string },
): StartStructure[] {
  const frames = readExtxyz(text, { where });
  return frames.map(({ atoms }, k) => ({
    label: `${formulaOf(atoms)} · ${origin}${frames.length > 1 ? ` ${k + 1}` : ''}`,
    atoms,
  }));
}

/** Bytes of a file beside the page. */
export async function fetchBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw missing(url, 'no answer', cause);
  }
  if (!response.ok) throw missing(url, `HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The test vectors of the student that have something to move: largest first. */
function testStructures(text: string): StartStructure[] {
  const { vectors } = decodeTestVectors(text, CHECKPOINT_FILES.testVectors);
  if (vectors.length === 0) {
    throw new FileFormatError('view/no-structure', 'The student brings no structure', {
      expected: 'at least one test vector',
      found: 'none',
      hint: 'Drop an extended XYZ file on the page.',
    });
  }
  const several = vectors.filter(({ numbers }) => numbers.length > 1);
  return [...(several.length > 0 ? several : vectors)]
    .sort((a, b) => b.numbers.length - a.numbers.length)
    .map(({ numbers, positions, cell, pbc, charge, spin }, k) => {
      const atoms = createAtoms({
        numbers,
        positions,
        cell,
        pbc,
        ...(charge === undefined ? {} : { charge }),
        ...(spin === undefined ? {} : { spin }),
      });
      return { label: `${formulaOf(atoms)} · test structure ${k + 1}`, atoms };
    });
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function missing(url: URL, found: string, cause?: unknown): MissingFileError {
  const name = url.pathname.split('/').slice(-2).join('/');
  return new MissingFileError('view/missing-file', `${name} did not arrive: ${found}`, {
    expected: 'the page and its files side by side, over HTTP',
    found,
    hint: 'Make the folder again with `mlffd view STUDENT --out FOLDER` and copy all of it.',
    ...(cause === undefined ? {} : { cause }),
  });
}
