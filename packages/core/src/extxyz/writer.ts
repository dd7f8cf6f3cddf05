import { symbols } from '../atoms.ts';
import { hasCellVector } from '../cell.ts';
import { InvalidArgumentError } from '../errors.ts';
import { validateAtoms } from '../validation.ts';
import { formatProperties, type PropertyColumns } from './properties.ts';
import { formatNumber, formatValue, quote } from './values.ts';
import type { Results } from '../calculator.ts';
import type { FrameArray, FrameInput } from './frame.ts';

/** Keys with a meaning of their own, which `info` may not use. */
const RESERVED_KEYS: ReadonlySet<string> = new Set([
  'Lattice',
  'pbc',
  'Properties',
  'energy',
  'stress',
  'virial',
]);
const RESERVED_COLUMNS: ReadonlySet<string> = new Set([
  'species',
  'Z',
  'pos',
  'forces',
  'force',
  'energies',
]);

/**
 * Writes frames as extended XYZ, with the shortest numbers that read back bit for bit.
 * @throws InvalidAtomsError, InvalidArgumentError `extxyz/...` for what the format cannot hold
 */
export function writeExtxyz(frames: Iterable<FrameInput>): string {
  let text = '';
  for (const frame of frames) text += formatExtxyzFrame(frame);
  return text;
}

/** Text of one frame, ready to be appended to a file. */
export function formatExtxyzFrame(frame: FrameInput): string {
  const { atoms } = frame;
  validateAtoms(atoms);
  const columns = columnsOf(frame);
  const lines = [String(atoms.numbers.length), commentOf(frame, columns)];
  for (let i = 0; i < atoms.numbers.length; i++) {
    let line = '';
    for (const column of columns) {
      for (let k = i * column.columns; k < (i + 1) * column.columns; k++) {
        line += line === '' ? cellText(column, k) : ` ${cellText(column, k)}`;
      }
    }
    lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

type NamedColumn = FrameArray & { readonly name: string };

function columnsOf({ atoms, results = {}, arrays = {} }: FrameInput): NamedColumn[] {
  const n = atoms.numbers.length;
  const columns: NamedColumn[] = [
    { name: 'species', kind: 'string', columns: 1, values: symbols(atoms) },
    { name: 'pos', kind: 'real', columns: 3, values: atoms.positions },
  ];
  const { forces, energies } = results;
  if (forces) columns.push({ name: 'forces', kind: 'real', columns: 3, values: forces });
  if (energies) columns.push({ name: 'energies', kind: 'real', columns: 1, values: energies });
  for (const [name, array] of Object.entries(arrays)) {
    if (RESERVED_COLUMNS.has(name) || !/^[^\s:"'=[\]{}]+$/.test(name)) {
      throw refusal('extxyz/reserved-name', `column ${name}`, 'a name without a meaning or spaces');
    }
    columns.push({ ...array, name });
  }
  for (const { name, columns: width, values } of columns) {
    if (values.length === n * width && width > 0) continue;
    throw refusal(
      'extxyz/wrong-length',
      `column ${name} with ${values.length} values`,
      `${n} x ${width} values`,
    );
  }
  return columns;
}

function commentOf(
  { atoms, results = {} }: FrameInput,
  columns: readonly PropertyColumns[],
): string {
  const items: string[] = [];
  if ([0, 1, 2].some((k) => hasCellVector(atoms.cell, k))) {
    items.push(`Lattice="${Array.from(atoms.cell, formatNumber).join(' ')}"`);
  }
  items.push(`Properties=${formatProperties(columns)}`);
  items.push(`pbc="${atoms.pbc.map((flag) => (flag ? 'T' : 'F')).join(' ')}"`);
  if (results.energy !== undefined) items.push(`energy=${formatNumber(results.energy)}`);
  if (results.stress !== undefined) items.push(`stress="${stressText(results.stress)}"`);
  if (atoms.charge !== undefined) items.push(`charge=${formatNumber(atoms.charge)}`);
  if (atoms.spin !== undefined) items.push(`spin=${formatNumber(atoms.spin)}`);
  for (const [key, value] of Object.entries(atoms.info ?? {})) {
    const isTaken =
      RESERVED_KEYS.has(key) || ((key === 'charge' || key === 'spin') && typeof value === 'number');
    if (isTaken || key === '' || /[\r\n]/.test(key)) {
      throw refusal('extxyz/reserved-name', `info.${key}`, 'a key without a meaning of its own');
    }
    const text = formatValue(key, value);
    if (text === undefined) {
      throw refusal('extxyz/not-writable', `info.${key} = [${String(value)}]`, 'finite numbers');
    }
    items.push(value === true ? `${quote(key)}=T` : `${quote(key)}=${text}`);
  }
  return items.join(' ');
}

/** 3 x 3, symmetric, so that readers that take the numbers by columns agree. */
function stressText(stress: NonNullable<Results['stress']>): string {
  if (stress.length !== 6) {
    throw refusal('extxyz/wrong-length', `stress with ${stress.length} values`, '6 values (Voigt)');
  }
  return [0, 5, 4, 5, 1, 3, 4, 3, 2].map((k) => formatNumber(stress[k])).join(' ');
}

function cellText(column: NamedColumn, k: number): string {
  if (column.kind === 'real') return formatNumber(column.values[k]);
  if (column.kind === 'logical') return column.values[k] ? 'T' : 'F';
  if (column.kind === 'integer') {
    if (Number.isSafeInteger(column.values[k])) return String(column.values[k]);
    throw refusal('extxyz/not-writable', `${column.values[k]} in ${column.name}`, 'safe integers');
  }
  const text = column.values[k];
  if (text !== '' && !/\s/.test(text)) return text;
  throw refusal('extxyz/not-writable', `'${text}' in ${column.name}`, 'text without white space');
}

function refusal(code: string, found: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(code, `extended XYZ cannot hold ${found}`, { expected, found });
}
