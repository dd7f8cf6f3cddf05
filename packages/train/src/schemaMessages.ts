import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';

/** Typing errors up to this many letters get a suggestion. */
const SUGGESTION_DISTANCE = 4;

/** Keys of every object inside a schema. */
export function collectKeys(type: unknown): string[] {
  if (type instanceof z.ZodPrefault || type instanceof z.ZodDefault)
    return collectKeys(type.unwrap());
  if (type instanceof z.ZodObject) {
    return Object.entries(type.shape).flatMap(([key, inner]) => [key, ...collectKeys(inner)]);
  }
  if (type instanceof z.ZodArray) return collectKeys(type.element);
  if (type instanceof z.ZodUnion) return type.options.flatMap((option) => collectKeys(option));
  return [];
}

/** A complaint in words, with a suggestion for a key that is close to a known one. */
export function describeIssue(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_union') return describeUnion(issue, known);
  if (issue.code !== 'unrecognized_keys') return `"${path}": ${issue.message}`;
  return issue.keys
    .map((key) => {
      const near = closest(key, [...known]);
      const hint = distance(key, near) <= SUGGESTION_DISTANCE ? `, did you mean "${near}"?` : '';
      return `unknown key "${path === '' ? key : `${path}.${key}`}"${hint}`;
    })
    .join('; ');
}

function describeUnion(
  issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>,
  known: readonly string[],
): string {
  const tags = issue.errors.map((branch) => branch.find(({ path }) => path.join() === 'type'));
  const wrong = tags.flatMap((tag) => (tag?.code === 'invalid_value' ? tag.values : []));
  if (wrong.length === tags.length) {
    const options = wrong.map((value) => JSON.stringify(value)).join(', ');
    return `"${[...issue.path, 'type'].join('.')}": expected one of ${options}`;
  }
  // The longest list of complaints belongs to the wrong branch, and so does one about the whole value.
  const rank = (branch: readonly z.core.$ZodIssue[]): number =>
    branch.length + (branch.some(({ code, path }) => isOfAll(code, path)) ? 100 : 0);
  const [branch] = issue.errors.toSorted((a, b) => rank(a) - rank(b));
  return branch
    .map((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, known))
    .join('; ');
}

function isOfAll(code: string, path: readonly PropertyKey[]): boolean {
  return path.length === 0 && code === 'invalid_type';
}
