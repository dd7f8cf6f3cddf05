import { cifTokens } from './cifTokens.ts';
import type { CifToken, CifValue } from './cifTokens.ts';
import { formatError, quoted } from './place.ts';
import type { Place } from './place.ts';

/** One data block: every tag with its values; a tag outside loops has one. */
export interface CifBlock {
  readonly name: string;
  readonly place: Place;
  readonly tags: ReadonlyMap<string, readonly CifValue[]>;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(\(\d+\))?$/;

/**
 * Reads the data blocks of CIF text.
 * @throws FileFormatError `cif/...` for anything that breaks the syntax
 */
export function readCifBlocks(text: string, where: string): CifBlock[] {
  const blocks: OpenBlock[] = [];
  const tokens = [...cifTokens(text, where)];
  let k = 0;
  while (k < tokens.length) {
    const token = tokens[k];
    const block = blocks.at(-1);
    if (token.kind === 'data') {
      blocks.push({ name: token.name, place: token.place, tags: new Map() });
      k++;
    } else if (block === undefined) {
      throw formatError('cif/no-block', token.place, {
        expected: 'data_NAME before anything else',
        found: describe(token),
        hint: 'Is this a CIF file?',
      });
    } else if (token.kind === 'tag') {
      k = readItem(tokens, k, block);
    } else if (token.kind === 'loop') {
      k = readLoop(tokens, k, block);
    } else {
      throw formatError('cif/stray-value', token.place, {
        expected: 'a tag, loop_ or data_',
        found: describe(token),
        hint: 'Text with blanks needs quotes, and a tag outside of loops has one value.',
      });
    }
  }
  return blocks;
}

interface OpenBlock extends CifBlock {
  readonly tags: Map<string, CifValue[]>;
}

function readItem(tokens: readonly CifToken[], k: number, block: OpenBlock): number {
  const values = addTag(block, tokens[k]);
  const next = tokens.at(k + 1);
  if (next?.kind !== 'value') {
    throw formatError('cif/missing-value', tokens[k].place, {
      expected: `a value after ${describe(tokens[k])}`,
      found: next === undefined ? 'the end of the file' : describe(next),
      hint: 'A value that is not known is written as ?.',
    });
  }
  values.push(next.value);
  return k + 2;
}

function readLoop(tokens: readonly CifToken[], start: number, block: OpenBlock): number {
  let k = start + 1;
  const columns: CifValue[][] = [];
  for (let token = tokens.at(k); token?.kind === 'tag'; token = tokens.at(++k)) {
    columns.push(addTag(block, token));
  }
  const first = k;
  for (let token = tokens.at(k); token?.kind === 'value'; token = tokens.at(++k)) {
    if (columns.length > 0) columns[(k - first) % columns.length].push(token.value);
  }
  const count = k - first;
  if (columns.length > 0 && count > 0 && count % columns.length === 0) return k;
  throw formatError('cif/bad-loop', tokens[k - 1].place, {
    expected: `rows of ${columns.length} values in the loop of line ${tokens[start].place.line ?? 0}`,
    found: columns.length === 0 ? 'no tags' : `${count} values`,
    hint: 'Every row of a loop has a value for each of its tags; one that is not known is ?.',
  });
}

function addTag(block: OpenBlock, token: CifToken): CifValue[] {
  const name = token.kind === 'tag' ? token.name : '';
  if (block.tags.has(name)) {
    throw formatError('cif/duplicate-tag', token.place, {
      expected: 'every tag once in a data block',
      found: `${name} again`,
      hint: 'Remove one of the two.',
    });
  }
  const values: CifValue[] = [];
  block.tags.set(name, values);
  return values;
}

function describe(token: CifToken): string {
  if (token.kind === 'value') return quoted(token.value.text);
  return token.kind === 'loop' ? 'loop_' : token.kind === 'data' ? 'data_' : token.name;
}

/** The values of the first of these tags that is there. */
export function valuesOf(block: CifBlock, ...names: string[]): readonly CifValue[] | undefined {
  for (const name of names) {
    const values = block.tags.get(name);
    if (values !== undefined) return values;
  }
  return undefined;
}

/** True for ? (unknown) and . (not applicable). */
export function isUnknown(value: CifValue): boolean {
  return !value.quoted && (value.text === '?' || value.text === '.');
}

/**
 * The number of a value, without the uncertainty in brackets: 1.234(5) is 1.234.
 * @throws FileFormatError `cif/bad-number`
 */
export function numberOfValue(value: CifValue, name: string): number {
  const number = NUMBER.test(value.text) ? Number(value.text.replace(/\(.*$/, '')) : NaN;
  if (Number.isFinite(number)) return number;
  throw formatError('cif/bad-number', value.place, {
    expected: `a number for ${name}`,
    found: quoted(value.text),
    hint: 'Numbers look like 1.5, -2e-3 or 1.234(5).',
  });
}
