import type { Dim } from '../dim.ts';
import { addDims, subtractDims } from '../dim.ts';
import { concat, CONCAT } from '../ops/concat.ts';
import { embed, EMBED } from '../ops/embed.ts';
import { slice, SLICE } from '../ops/slice.ts';
import type { Tensor } from '../tensor.ts';
import { attrsOf, filled } from './patterns.ts';
import type { Rule } from './rewrite.ts';

/** Whether `a <= b` is certain. */
function atMost(a: Dim, b: Dim): boolean {
  const difference = subtractDims(b, a);
  return typeof difference === 'number' && difference >= 0;
}

/** Parts of a concatenation that lie between two places, undefined where a part is cut open. */
function partsBetween(x: Tensor, axis: number, range: readonly [Dim, Dim]): Tensor[] | undefined {
  const [start, end] = range;
  const parts: Tensor[] = [];
  let at: Dim = 0;
  for (const part of x.inputs) {
    const next: Dim = addDims(at, part.shape[axis]);
    if (atMost(start, at) && atMost(next, end)) parts.push(part);
    else if (atMost(at, start) && atMost(end, next)) {
      return [slice(part, axis, subtractDims(start, at), subtractDims(end, at))];
    } else if (!atMost(next, start) && !atMost(end, at)) return undefined;
    at = next;
  }
  return parts.length === 0 ? undefined : parts;
}

function ofSlice(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, SLICE);
  if (attrs === undefined) return undefined;
  const { axis, start, end } = attrs;
  const [x] = node.inputs;
  const inner = attrsOf(x, SLICE);
  if (inner?.axis === axis) {
    const [source] = x.inputs;
    return slice(source, axis, addDims(inner.start, start), addDims(inner.start, end));
  }
  if (attrsOf(x, CONCAT)?.axis === axis) {
    const parts = partsBetween(x, axis, [start, end]);
    return parts && concat(parts, axis);
  }
  const placed = attrsOf(x, EMBED);
  if (placed?.axis === axis) {
    const [source] = x.inputs;
    const last = addDims(placed.start, source.shape[axis]);
    if (atMost(placed.start, start) && atMost(end, last)) {
      const from = subtractDims(start, placed.start);
      return slice(source, axis, from, subtractDims(end, placed.start));
    }
    if (atMost(end, placed.start) || atMost(last, start)) return filled(node, 0);
  }
  return undefined;
}

/** The slice that two neighbouring inputs of a concatenation together are. */
function joined(a: Tensor, b: Tensor, axis: number): Tensor | undefined {
  const first = attrsOf(a, SLICE);
  const second = attrsOf(b, SLICE);
  if (first?.axis !== axis || second?.axis !== axis) return undefined;
  if (a.inputs[0] !== b.inputs[0] || first.end !== second.start) return undefined;
  return slice(a.inputs[0], axis, first.start, second.end);
}

function ofConcat(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, CONCAT);
  if (attrs === undefined) return undefined;
  const { axis } = attrs;
  const flat = node.inputs
    .flatMap((input) => (attrsOf(input, CONCAT)?.axis === axis ? input.inputs : [input]))
    .filter((input) => input.shape[axis] !== 0);
  const parts: Tensor[] = [];
  for (const input of flat) {
    const last = parts.at(-1);
    const both = last && joined(last, input, axis);
    if (both === undefined) parts.push(input);
    else parts[parts.length - 1] = both;
  }
  return parts.length === 0 ? undefined : concat(parts, axis);
}

function ofEmbed(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, EMBED);
  const inner = attrs && attrsOf(node.inputs[0], EMBED);
  if (inner === undefined || inner.axis !== attrs?.axis) return undefined;
  const { axis, size } = attrs;
  return embed(node.inputs[0].inputs[0], { axis, size, start: addDims(attrs.start, inner.start) });
}

/** Slices, concatenations and embeddings that undo or contain each other. */
export const slices: readonly Rule[] = [ofSlice, ofConcat, ofEmbed];
