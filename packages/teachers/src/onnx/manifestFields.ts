import { FileFormatError } from '@mlffd/core';

/** Checked reading of values that came as JSON; what is wrong names the key. */
export class ManifestFields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #where: string;
  readonly #prefix: string;

  /** @param prefix name of the object that holds the values, with a dot */
  constructor(values: ReadonlyMap<string, unknown>, where: string, prefix = '') {
    this.#values = values;
    this.#where = where;
    this.#prefix = prefix;
  }

  /** @throws FileFormatError `onnx/manifest` for a key that is not among `known` */
  refuseOthers(known: readonly string[]): void {
    for (const key of this.#values.keys()) {
      if (known.includes(key)) continue;
      throw manifestError(this.#where, {
        problem: `it has the unknown key ${this.#prefix}${key}`,
        expected: `keys among ${known.join(', ')}`,
        found: `${this.#prefix}${key}`,
      });
    }
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  text(key: string): string {
    return this.#read(
      key,
      'a text',
      (value): value is string => typeof value === 'string' && value !== '',
    );
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  oneOf<const T extends string>(key: string, choices: readonly T[]): T {
    const expected = choices.map((choice) => JSON.stringify(choice)).join(' or ');
    return this.#read(key, expected, (value): value is T => choices.includes(value as T));
  }

  flag(key: string): boolean {
    return this.#read(key, 'true or false', (value) => typeof value === 'boolean');
  }

  number(key: string): number {
    return this.#read(key, 'a number', isNumber);
  }

  positive(key: string): number {
    return this.#read(key, 'a positive number', isPositive);
  }

  count(key: string): number {
    return this.#read(
      key,
      'a positive integer',
      (value): value is number => isPositive(value) && Number.isInteger(value) && value < 2 ** 31,
    );
  }

  numbers(key: string): number[] {
    return this.#read(
      key,
      'a list of numbers',
      (value): value is number[] =>
        Array.isArray(value) && value.length > 0 && value.every(isNumber),
    );
  }

  object(key: string): ManifestFields {
    const value = this.#read(key, 'an object', isObject);
    return new ManifestFields(new Map(Object.entries(value)), this.#where, `${key}.`);
  }

  texts(key: string): Readonly<Record<string, string>> {
    return this.#read(
      key,
      'an object of texts',
      (value): value is Record<string, string> =>
        isObject(value) && Object.values(value).every((item) => typeof item === 'string'),
    );
  }

  /** What is wrong with the value of `key`, which is of the right type. */
  invalid(key: string, expected: string): FileFormatError {
    const name = this.#prefix + key;
    const found = this.has(key) ? brief(this.#values.get(key)) : 'nothing';
    return manifestError(this.#where, {
      problem: this.has(key) ? `${name} is ${found}` : `it has no ${name}`,
      expected: `${name}: ${expected}`,
      found,
    });
  }

  #read<T>(key: string, expected: string, isRight: (value: unknown) => value is T): T {
    const value = this.#values.get(key);
    if (isRight(value)) return value;
    throw this.invalid(key, expected);
  }
}

/** The manifest of a file is not what `OnnxTeacher` reads. */
function manifestError(
  where: string,
  { problem, expected, found }: { problem: string; expected: string; found: string },
): FileFormatError {
  return new FileFormatError('onnx/manifest', `the manifest of ${where} is wrong: ${problem}`, {
    expected,
    found,
    where,
    hint: 'Correct the manifest in the exporter, and write the file with write_potential again.',
  });
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

const isPositive = (value: unknown): value is number => isNumber(value) && value > 0;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
