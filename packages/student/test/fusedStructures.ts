import { readFileSync } from 'node:fs';
import { type Atoms, neighborList } from '@mlffd/core';
import type { Student } from '../src/index.ts';
import { Arena } from '../src/fused/arena.ts';
import {
  FIRST_ADDRESS,
  instantiate,
  type KernelFile,
  type KernelFunctions,
  type Kernels,
} from '../src/fused/kernels.ts';
import { NetworkImage } from '../src/fused/networkImage.ts';
import { startNodeThread } from '../src/fused/nodeThreads.ts';
import { putShares, shareOut } from '../src/fused/partition.ts';
import { StructureMemory } from '../src/fused/structureMemory.ts';
import { KernelTeam, TEAM_BYTES, type TeamOptions } from '../src/fused/team.ts';
import { engine, type KernelMemory } from '../src/fused/webAssembly.ts';

const INTERVALS = 256;
/** Pages: 1 MiB at first, so that memory grows under the threads. */
const PAGES = { initial: 16, maximum: 65_536 };
const CANDIDATE_BYTES = 48;

function kernels(shared: boolean): Kernels {
  const file: KernelFile = `simd${shared ? '-threads' : ''}.wasm`;
  const bytes = readFileSync(new URL(`../wasm/${file}`, import.meta.url));
  return { kind: 'simd', shared, module: new engine.Module(bytes) };
}

/** A student in memory that `threads` threads share, and structures for it. */
export class FusedStudent {
  readonly memory: KernelMemory;
  readonly image: NetworkImage;
  readonly threads: number;
  readonly sync: number;
  readonly kernels: Kernels;
  readonly #arena: Arena;
  readonly #cutoff: number;

  constructor(student: Student, threads: number) {
    this.threads = threads;
    this.kernels = kernels(threads > 1);
    this.memory = new engine.Memory({ ...PAGES, shared: threads > 1 });
    this.#arena = new Arena(this.memory, FIRST_ADDRESS);
    this.image = new NetworkImage(this.#arena, student, { intervals: INTERVALS });
    this.sync = this.#arena.take(TEAM_BYTES);
    this.#cutoff = student.config.cutoff;
  }

  functions(): KernelFunctions {
    return instantiate(this.kernels, this.memory);
  }

  team(options: Partial<TeamOptions> = {}): Promise<KernelTeam> {
    const { kernels, memory, sync, threads } = this;
    return KernelTeam.start({
      ...{ kernels, memory, sync, threads, startThread: startNodeThread },
      ...options,
    });
  }

  /** Places a structure; periodic ones as candidates for pairs, others as all pairs of atoms. */
  place(atoms: Atoms): StructureMemory {
    const N = atoms.numbers.length;
    const list = neighborList(atoms, this.#cutoff);
    const pairs = list.count;
    const structure = new StructureMemory(this.#arena, this.image, {
      ...{ atoms: N, pairs, parts: this.threads },
    });
    structure.struct.setWord('atoms', N);
    const candidates = atoms.pbc.some(Boolean) ? this.#candidates(structure, atoms) : undefined;
    putShares(structure.parts, shareOut({ atoms: N, candidates, parts: this.threads }));
    const { elements } = this.image;
    const species = Array.from(atoms.numbers, (z) => elements.indexOf(z));
    new Uint32Array(this.memory.buffer, structure.species, N).set(species);
    this.move(structure, atoms.positions);
    return structure;
  }

  move(structure: StructureMemory, positions: Float64Array): void {
    new Float64Array(this.memory.buffer, structure.positions, positions.length).set(positions);
  }

  /** Outputs of the atoms, and forces: copies. */
  results(structure: StructureMemory): { outputs: Float32Array; forces: Float64Array } {
    const { buffer } = this.memory;
    const N = structure.capacity.atoms;
    return {
      outputs: new Float32Array(buffer, structure.outputs, N).slice(),
      forces: new Float64Array(buffer, structure.forces, 3 * N).slice(),
    };
  }

  #candidates({ struct }: StructureMemory, atoms: Atoms): number {
    const { centers, neighbors, vectors, count } = neighborList(atoms, this.#cutoff);
    const address = this.#arena.take(CANDIDATE_BYTES * count);
    const view = new DataView(this.memory.buffer);
    let n = 0;
    for (let e = 0; e < count; e++) {
      const [i, j] = [centers[e], neighbors[e]];
      if (i >= j) continue;
      const at = address + CANDIDATE_BYTES * n++;
      view.setUint32(at, i, true);
      view.setUint32(at + 4, j, true);
      for (let k = 0; k < 3; k++) {
        const between = atoms.positions[3 * j + k] - atoms.positions[3 * i + k];
        view.setFloat64(at + 24 + 8 * k, vectors[3 * e + k] - between, true);
      }
    }
    struct.setWord('candidates', address);
    struct.setWord('candidateCount', n);
    return n;
  }
}

/** What one thread computes. */
export function alone(
  student: Student,
  atoms: Atoms,
): { outputs: Float32Array; forces: Float64Array } {
  const fused = new FusedStudent(student, 1);
  const structure = fused.place(atoms);
  if (fused.functions().runAll(fused.image.address, structure.struct.address) !== 0) {
    throw new RangeError('two atoms at one place');
  }
  return fused.results(structure);
}
