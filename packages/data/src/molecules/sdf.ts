import { FileFormatError } from '@mlffd/core';
import { MolfileLines } from './ctab.ts';
import { contentOf, readCtab, splitLines } from './molfile.ts';
import type { MolfileContent, MolfileOptions } from './molfile.ts';

/** One record of an SDF file. */
export interface SdfRecord extends MolfileContent {
  /** Data items by name, lines joined by `\n`; values of a name that comes twice likewise. */
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Reads all records of an SDF file; see `readMolfile`.
 *
 * @param where name of the file; messages add the line or the number of the record
 * @throws FileFormatError as `readMolfile`, and `molfile/empty`
 * @throws ConformerError, UnsupportedElementError for 2-D records only
 */
export function readSdf(text: string, where: string, options: MolfileOptions = {}): SdfRecord[] {
  const lines = splitLines(text);
  const records: SdfRecord[] = [];
  for (let first = 0; first < lines.length;) {
    const end = lines.findIndex((line, k) => k >= first && /^\${4}\s*$/.test(line));
    const last = end === -1 ? lines.length : end;
    const record = lines.slice(first, last);
    if (end === -1 && record.every((line) => line.trim() === '')) break;
    const reader = new MolfileLines(record, where, first + 1);
    const ctab = readCtab(reader);
    const properties = readProperties(reader, end !== -1);
    const place = `${where}, record ${records.length + 1} (line ${first + 1})`;
    records.push({ ...contentOf(ctab, place, options), properties });
    first = last + 1;
  }
  if (records.length > 0) return records;
  throw new FileFormatError('molfile/empty', `${where} has no molecules`, {
    expected: 'one record or more',
    found: 'an empty file',
    where,
    hint: 'Check that the right file was given and that it was written to the end.',
  });
}

function readProperties(lines: MolfileLines, closed: boolean): Record<string, string> {
  const values = new Map<string, string>();
  while (!lines.atEnd()) {
    const header = lines.take('a data item');
    if (header.trim() === '') continue;
    const name = /^>[^<]*<([^>]+)>/.exec(header)?.[1] ?? /^>.*\b(DT\d+)/.exec(header)?.[1];
    if (name === undefined) throw lines.error('a data item such as > <NAME>, or $$$$', header);
    if (!closed) throw lines.error('$$$$ after the data of a record', 'end of the file');
    const before = values.get(name);
    const value = readValue(lines);
    values.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return Object.fromEntries(values);
}

function readValue(lines: MolfileLines): string {
  const value: string[] = [];
  while (!lines.atEnd()) {
    const line = lines.take('a value');
    if (line.trim() === '') break;
    value.push(line);
  }
  return value.join('\n');
}
