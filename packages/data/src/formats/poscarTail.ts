import { quoted } from './place.ts';
import { parseReal, wordsOf } from './textLines.ts';
import type { LineReader } from './textLines.ts';

/**
 * Checks that the positions have ended where the counts say.
 *
 * After them VASP writes nothing, or (CONTCAR) lattice velocities under a line that begins with L,
 * or velocities after a blank line or the name of a coordinate system.
 * @throws FileFormatError `poscar/too-many-rows` for one more position
 */
export function checkTail(lines: LineReader, count: number): void {
  const next = lines.peek();
  if (next === undefined || /^\s*($|[lLcCkKdD])/.test(next)) return;
  lines.take('the end of the positions');
  const [word] = wordsOf(next);
  const isRow = parseReal(word.text) !== undefined;
  throw lines.error(isRow ? 'too-many-rows' : 'extra-text', {
    expected: `the end of the file, or a blank line, after ${count} positions`,
    found: isRow ? 'one more row' : quoted(next.trim()),
    column: word.column,
    hint: 'The counts of the species must add up to the number of rows.',
  });
}
