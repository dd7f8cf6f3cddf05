import type { Dim } from './dim.ts';
import { addDims, subtractDims } from './dim.ts';
import { add } from './ops/arithmetic.ts';
import { broadcastTo } from './ops/broadcastTo.ts';
import { concat } from './ops/concat.ts';
import type { EmbedAttributes } from './ops/embed.ts';
import { EMBED } from './ops/embed.ts';
import type { Tensor } from './tensor.ts';

interface Piece {
  readonly start: Dim;
  readonly end: Dim;
  readonly value: Tensor;
}

function placement(tensor: Tensor): EmbedAttributes {
  return tensor.attrs as EmbedAttributes;
}

/** Joins pieces that follow each other with zeros between them; undefined where order is unknown. */
function tile(pieces: readonly Piece[], axis: number, size: Dim): Tensor | undefined {
  const parts: Tensor[] = [];
  const { graph, shape } = pieces[0].value;
  const fill = (from: Dim, to: Dim): boolean => {
    const gap = subtractDims(to, from);
    if (gap === 0) return true;
    if (typeof gap === 'string' || gap < 0) return false;
    const zeros = shape.map((dim, k) => (k === axis ? gap : dim));
    parts.push(broadcastTo(graph.scalar(0), zeros));
    return true;
  };
  const left = [...pieces];
  let at: Dim = 0;
  while (left.length > 0) {
    let next = left.findIndex((piece) => piece.start === at);
    if (next < 0) {
      if (left.some((piece) => typeof piece.start === 'string')) return undefined;
      next = left.reduce((best, piece, k) => (piece.start < left[best].start ? k : best), 0);
    }
    const [piece] = left.splice(next, 1);
    if (!fill(at, piece.start)) return undefined;
    parts.push(piece.value);
    at = piece.end;
  }
  return fill(at, size) ? concat(parts, axis) : undefined;
}

/** Pieces of one axis, those with the same place added up. */
function mergeEqualPlaces(embeds: readonly Tensor[]): Piece[] {
  const pieces = new Map<Dim, Piece>();
  for (const tensor of embeds) {
    const [value] = tensor.inputs;
    const { axis, start } = placement(tensor);
    const end = addDims(start, value.shape[axis]);
    const known = pieces.get(start);
    if (known?.end === end) pieces.set(start, { start, end, value: add(known.value, value) });
    else pieces.set(known === undefined ? start : `${start}:${end}`, { start, end, value });
  }
  return [...pieces.values()];
}

/**
 * Sum of the gradients that reach one tensor.
 *
 * Gradients of slices are tensors inside zeros: where the slices tile the tensor, their sum is one
 * Concat instead of padded tensors that are added.
 */
export function sumGradients(parts: readonly Tensor[]): Tensor {
  let rest = parts.filter((part) => part.op !== EMBED.name);
  const embeds = parts.filter((part) => part.op === EMBED.name);
  for (const axis of new Set(embeds.map((part) => placement(part).axis))) {
    const group = embeds.filter((part) => placement(part).axis === axis);
    const { size } = placement(group[0]);
    const pieces = group.length > 1 ? mergeEqualPlaces(group) : [];
    const tiled = pieces.length > 1 ? tile(pieces, axis, size) : undefined;
    rest = rest.concat(tiled ?? group);
  }
  return rest.reduce((sum, part) => add(sum, part));
}
