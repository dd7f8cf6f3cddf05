import { FileFormatError } from './errors.ts';
import { readTextFile } from './files.ts';
import { mismatch, type Shape } from './jsonShape.ts';

/** A kind of JSON files of measurements, with a name and a version of their own: `{ format, schema, ... }`. */
export interface VersionedJson {
  /** Value of the field `format`. */
  readonly format: string;
  /** Value of the field `schema`: counted up when the fields change. */
  readonly schema: number;
  /** Of the whole file, those two fields included. */
  readonly shape: Shape;
  /** Codes of the errors for a damaged file and for another version. */
  readonly codes: { readonly invalid: string; readonly otherSchema: string };
}

/**
 * Reads a file of a kind. The type of what comes back is the caller's promise about `kind.shape`.
 *
 * @throws FileSystemError; FileFormatError for a file that is not whole, of another kind or version, or with
 * fields that are missing, unknown or of another type
 */
export function readVersionedJson(path: string, kind: VersionedJson): unknown {
  const { format, schema, shape, codes } = kind;
  const invalid = (
    expected: string,
    found: string,
    where: string,
    cause?: unknown,
  ): FileFormatError =>
    new FileFormatError(codes.invalid, `${path} is no whole file of ${format}`, {
      expected,
      found,
      where,
      hint: 'Check the path; a damaged file has to come from a copy, or be measured again.',
      ...(cause === undefined ? {} : { cause }),
    });
  const text = readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const found = text === '' ? 'an empty file' : `${text.length} characters that are no JSON`;
    throw invalid('JSON', found, path, cause);
  }
  const head = (value ?? {}) as { readonly format?: unknown; readonly schema?: unknown };
  if (head.format !== format)
    throw invalid(`"format": "${format}"`, String(head.format), `${path}, format`);
  if (head.schema !== schema) {
    throw new FileFormatError(codes.otherSchema, `${path} is of another version`, {
      expected: `schema ${schema}`,
      found: String(head.schema),
      where: path,
      hint: 'Measure again into a new file, or use the version that wrote it.',
    });
  }
  const wrong = mismatch(value, shape, '$');
  if (wrong !== undefined) throw invalid(wrong.expected, wrong.found, `${path}, ${wrong.where}`);
  return value;
}
