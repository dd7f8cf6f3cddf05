import { KB, KCAL_PER_MOL, KJ_PER_MOL, minimumImages } from '@mlffd/core';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { medianOf } from '../robust.ts';
import type { AuditSample } from '../sample.ts';
import { meaningOf } from '../slopeMeaning.ts';
import type { SlopeMeaning } from '../slopeMeaning.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Trajectories that are followed at a time. */
const FOLLOWED = 16;
/** Fewer frames have no mean. */
const FEW_FRAMES = 15;
/** Colder is another physics, K. */
const COLD = 20;
/** Relative deviation of the mean over a few trajectories. */
const SPREAD = 0.5;
/** A short trajectory gives too little, never so much too much. */
const HOT = 8;

const unit = (name: string, factor: number): SlopeMeaning => ({
  slope: 1 / factor,
  meaning: `the forces are in ${name}/A`,
  fix: `Multiply forces by ${factor.toPrecision(6)} (eV per ${name}), and energies too if they are in this unit.`,
});

const MEANINGS = [unit('kcal/mol', KCAL_PER_MOL), unit('kJ/mol', KJ_PER_MOL), unit('meV', 0.001)];

/** Sums over the frames of one trajectory. */
interface Track {
  readonly temperature: number;
  readonly first: number;
  readonly positions: Float64Array;
  readonly sumX: Float64Array;
  readonly sumF: Float64Array;
  /** Of x . F, eV. */
  sumXF: number;
  frames: number;
}

/**
 * Size of the forces in molecular dynamics of known temperature: by the equipartition theorem
 * -<(x - <x>) . F> = 3 (N - 1) k T for whatever is bound. Finds energies and forces that are both in
 * kcal/mol, which nothing else betrays.
 */
export function thermalForces(table: SourceTable): AuditCheck {
  const tracks = new Map<string, Track>();
  const ratios: number[] = [];
  const starts: number[] = [];
  const finish = (track: Track) => {
    if (track.frames < FEW_FRAMES) return;
    ratios.push(temperatureRatio(track));
    starts.push(track.first);
  };
  return {
    see(sample) {
      const { group } = sample.structure.meta;
      const before = tracks.get(group);
      const track = follow(before, sample);
      if (track === undefined) return;
      if (before !== undefined && before !== track) finish(before);
      tracks.delete(group);
      tracks.set(group, track);
      for (const [oldest, old] of tracks) {
        if (tracks.size <= FOLLOWED) break;
        finish(old);
        tracks.delete(oldest);
      }
    },
    findings() {
      for (const track of tracks.values()) finish(track);
      tracks.clear();
      const median = medianOf(ratios);
      if (!(median > HOT)) return [];
      const concerned = new Concerned(table);
      for (const k of [...starts].sort((a, b) => a - b)) concerned.add(k);
      const known = meaningOf({ slope: median, unexplained: SPREAD }, MEANINGS);
      return concerned.finding({
        check: 'thermal-force',
        severity: 'warning',
        message: `the forces of ${ratios.length} trajectories (their first frames are listed) are those of a temperature ${figure(median)} times theirs: ${known?.meaning ?? 'their unit is not eV/A, or the temperatures are wrong'}`,
        fix: known?.fix ?? 'Check the unit of the forces and the temperature of the trajectories.',
      });
    },
  };
}

/** Adds a frame to its trajectory, or begins another one; undefined for what is none. */
function follow(before: Track | undefined, sample: AuditSample): Track | undefined {
  const { usable, index, structure } = sample;
  const { atoms, forces, meta } = structure;
  const { temperature = 0 } = meta;
  const length = atoms.positions.length;
  if (!usable || forces?.length !== length || length < 6 || temperature < COLD) return undefined;
  const goesOn = before?.positions.length === length && before.temperature === temperature;
  const track = goesOn
    ? before
    : {
        temperature,
        first: index,
        positions: atoms.positions.slice(),
        sumX: new Float64Array(length),
        sumF: new Float64Array(length),
        sumXF: 0,
        frames: 0,
      };
  // Whether positions are wrapped or not, atoms go the short way.
  const step = minimumImages(
    atoms.positions.map((x, k) => x - track.positions[k]),
    atoms.cell,
    atoms.pbc,
  );
  for (let k = 0; k < length; k++) {
    track.positions[k] += step[k];
    const x = track.positions[k];
    track.sumX[k] += x;
    track.sumF[k] += forces[k];
    track.sumXF += x * forces[k];
  }
  track.frames++;
  return track;
}

function temperatureRatio({ temperature, sumX, sumF, sumXF, frames }: Track): number {
  let covariance = sumXF / frames;
  for (let k = 0; k < sumX.length; k++) covariance -= (sumX[k] / frames) * (sumF[k] / frames);
  return -covariance / ((sumX.length - 3) * KB * temperature);
}
