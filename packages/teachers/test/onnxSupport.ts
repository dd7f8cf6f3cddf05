import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Atoms, createAtoms, type Pbc, Rng } from '@mlffd/core';
import { LennardJones } from '../src/index.ts';
import { PERIODIC } from './fixtures.ts';

/** Path of a file that a script of tooling/python/onnx-teacher wrote. */
export function onnxFixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/onnx/${name}`, import.meta.url));
}

/** What tooling/python/onnx-teacher/lennard_jones.py exports, in float64. */
export function analyticLennardJones(): LennardJones {
  return new LennardJones({
    pairs: [
      { elements: ['Ar', 'Ar'], epsilon: 0.0103235, sigma: 3.405 },
      { elements: ['Kr', 'Kr'], epsilon: 0.0141, sigma: 3.65 },
    ],
    cutoff: 8,
    truncation: 'switch',
    onset: 6,
  });
}

/** A cubic crystal of argon and krypton, `cells`^3 fcc cells of 4 atoms, displaced at random. */
export function nobleCrystal(cells: number, pbc: Pbc = PERIODIC): Atoms {
  const rng = new Rng(3, 'crystal');
  const a = 5.5;
  const symbols: string[] = [];
  const positions: number[] = [];
  for (let k = 0; k < cells ** 3; k++) {
    const corner = [k % cells, Math.floor(k / cells) % cells, Math.floor(k / cells ** 2)];
    for (const site of [
      [0, 0, 0],
      [0, 0.5, 0.5],
      [0.5, 0, 0.5],
      [0.5, 0.5, 0],
    ]) {
      symbols.push(rng.uniform() < 0.5 ? 'Ar' : 'Kr');
      for (let x = 0; x < 3; x++) positions.push(a * (corner[x] + site[x]) + 0.1 * rng.normal());
    }
  }
  const edge = cells * a;
  return createAtoms({ symbols, positions, cell: [edge, 0, 0, 0, edge, 0, 0, 0, edge], pbc });
}

const METADATA = 14;
const LENGTH_DELIMITED = 2;

/**
 * The file with another manifest, sealed anew: keys with `undefined` are left out, others set.
 *
 * @param editGraph changes the bytes of the graph in place
 */
export function withManifest(
  name: string,
  changes: Readonly<Record<string, unknown>>,
  editGraph: (graph: Uint8Array) => void = () => undefined,
): Uint8Array {
  const bytes = Uint8Array.from(readFileSync(onnxFixture(name)));
  const kept: Uint8Array[] = [];
  const metadata = new Map<string, unknown>();
  let graph = new Uint8Array();
  for (const { field, start, content, end } of fieldsOf(bytes)) {
    if (field === METADATA) {
      const [key, value] = fieldsOf(bytes.subarray(content, end)).map((part) =>
        new TextDecoder().decode(bytes.subarray(content + part.content, content + part.end)),
      );
      metadata.set(key, JSON.parse(value));
      continue;
    }
    if (field === 7) {
      graph = bytes.subarray(content, end);
      editGraph(graph);
    }
    kept.push(bytes.subarray(start, end));
  }
  for (const [key, value] of Object.entries(changes)) metadata.set(key, value);
  metadata.set('graphSha256', createHash('sha256').update(graph).digest('hex'));
  metadata.delete('fileSha256');
  const entries = [...metadata]
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => metadataEntry(key, JSON.stringify(value)));
  const body = Buffer.concat([...kept, ...entries]);
  if ('fileSha256' in changes) return body;
  const blank = JSON.stringify('0'.repeat(64));
  const open = Buffer.concat([body, metadataEntry('fileSha256', blank)]);
  const seal = JSON.stringify(createHash('sha256').update(open).digest('hex'));
  return Buffer.concat([body, metadataEntry('fileSha256', seal)]);
}

interface Field {
  readonly field: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Fields of a protobuf message of numbers and bytes. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[position++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (position < bytes.length) {
    const start = position;
    const tag = varint();
    const size = varint();
    const content = position;
    if (tag % 8 === LENGTH_DELIMITED) position += size;
    fields.push({ field: Math.floor(tag / 8), start, content, end: position });
  }
  return fields;
}

function metadataEntry(key: string, value: string): Buffer {
  const entry = Buffer.concat([delimited(1, key), delimited(2, value)]);
  return delimited(METADATA, entry);
}

function delimited(field: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const size: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    size.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([8 * field + LENGTH_DELIMITED, ...size]), bytes]);
}
