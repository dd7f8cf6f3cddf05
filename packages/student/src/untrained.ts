import { isAtomicNumber, symbolOf, UnsupportedElementError } from '@mlffd/core';

/**
 * The error for an atom of an element that a student was not trained for; undefined for what is no
 * element at all, which is for the validation of the structure to say.
 */
export function untrainedElement(
  { name, elements }: { readonly name: string; readonly elements: readonly number[] },
  number: number,
  atom: number,
): UnsupportedElementError | undefined {
  if (!isAtomicNumber(number)) return undefined;
  const known = elements.map((z) => symbolOf(z)).join(', ');
  return new UnsupportedElementError(
    'student/element',
    `${name} was not trained for ${symbolOf(number)} (atom ${atom})`,
    {
      expected: `only ${known}`,
      found: `${symbolOf(number)} for atom ${atom}`,
      where: `atom ${atom}`,
      hint: 'Train a student on data that contain this element.',
    },
  );
}
