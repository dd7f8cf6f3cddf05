import { readFile } from 'node:fs/promises';
import { FileSystemError, MlffdError } from '@mlffd/core';
import { closest } from 'fastest-levenshtein';
import { LineCounter, isCollection, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { DistillConfig } from './distillConfig.ts';
import { distillConfigSchema } from './schema.ts';

/** The configuration is not what the schema asks for; the message lists every fault with its line. */
export class ConfigError extends MlffdError {
  override readonly name = 'ConfigError';
}

/** Reads and checks the configuration of a distillation (YAML or JSON). */
export async function loadConfig(path: string): Promise<DistillConfig> {
  return loadYaml(path, distillConfigSchema);
}

/** Parses and checks the text of a distillation's configuration; `where` names it in messages. */
export function parseConfig(text: string, where: string): DistillConfig {
  return parseYaml(text, where, distillConfigSchema);
}

/** Reads a YAML or JSON file that a schema describes. */
export async function loadYaml<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FileSystemError('config/not-readable', `The configuration cannot be read: ${path}`, {
      where: path,
      hint: 'Give the path of a YAML file, or `demo` for the built-in example.',
      cause,
    });
  }
  return parseYaml(text, path, schema);
}

/** Parses and checks a YAML text; every fault is told with its line, path and nearest known key. */
export function parseYaml<T>(text: string, where: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const syntax = document.errors.at(0);
  if (syntax !== undefined) {
    throw new ConfigError('config/syntax', `${where} is not valid YAML: ${syntax.message}`, {
      where,
      hint: 'Mend the line that the message names.',
      cause: syntax,
    });
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;

  const faults = result.error.issues.flatMap((issue) =>
    describe(issue, { document, lines, schema }),
  );
  throw new ConfigError(
    'config/invalid',
    `${where} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n` +
      faults.map((fault) => `  ${fault}`).join('\n'),
    {
      where,
      expected: 'the keys and values that the schema describes (see `mlffd schema`)',
      hint: 'Mend the lines above and run the command again.',
      cause: result.error,
    },
  );
}

/** What a fault is described with. */
interface Source {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly schema: z.ZodType;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

function describe(issue: Issue, source: Source): string[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // Of the alternatives, report the one that came closest to fitting.
    const nearest = issue.errors.reduce((a, b) => (weight(b) < weight(a) ? b : a));
    return nearest.flatMap((inner) =>
      describe({ ...inner, path: [...issue.path, ...inner.path] }, source),
    );
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const known = knownKeys(issue.path, source.schema);
      const suggestion = known.length > 0 ? closest(key, known) : undefined;
      return (
        `${locate(path, source)}: unknown key '${key}'` +
        (suggestion === undefined ? '' : `; did you mean '${suggestion}'?`)
      );
    });
  }
  return [`${locate(issue.path, source)}: ${issue.message}`];
}

const weight = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.path.length === 0 ? 10 : 1), 0);

/** `line 12, training.epochs`. */
function locate(path: Path, { document, lines }: Source): string {
  const name = path.map(String).join('.') || '(whole file)';
  for (let depth = path.length; depth >= 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    const range =
      typeof node === 'object' && node !== null && 'range' in node
        ? (node.range as readonly number[] | null | undefined)
        : undefined;
    const offset = range?.[0];
    if (offset !== undefined) {
      const shown = isCollection(node) && depth < path.length ? ' or below' : '';
      return `line ${lines.linePos(offset).line}${shown}, ${name}`;
    }
  }
  return name;
}

/** Keys that the schema knows at a path: one table, as JSON Schema would give it. */
function knownKeys(path: Path, root: z.ZodType): string[] {
  let schema: unknown = root;
  for (const key of path) schema = typeof key === 'number' ? element(schema) : child(schema, key);
  return Object.keys(shapeOf(schema) ?? {});
}

interface Definition {
  readonly shape?: Record<string, unknown>;
  readonly innerType?: unknown;
  readonly element?: unknown;
  readonly options?: readonly unknown[];
}

function definition(schema: unknown): Definition {
  return (schema as { def?: Definition } | undefined)?.def ?? {};
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const { shape, innerType, options } = definition(schema);
  if (shape !== undefined) return shape;
  if (innerType !== undefined) return shapeOf(innerType);
  if (options === undefined) return undefined;
  return Object.assign({}, ...options.map((option) => shapeOf(option) ?? {})) as Record<
    string,
    unknown
  >;
}

const child = (schema: unknown, key: PropertyKey): unknown => shapeOf(schema)?.[String(key)];

function element(schema: unknown): unknown {
  const { element: inner, innerType } = definition(schema);
  return inner ?? (innerType === undefined ? undefined : element(innerType));
}
