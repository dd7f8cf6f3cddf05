import { describe, expect, it } from '@jest/globals';
import { neighborList } from '@mlffd/core';
import { interpret } from '@mlffd/graph';
import {
  EdgeBuffers,
  edgeFeeds,
  initializeParameters,
  layoutEdges,
  layoutPairs,
  pairFeeds,
  parameterSpecs,
  type StudentConfig,
} from '@mlffd/student';
import { LabelBuffers } from '../src/labelBuffers.ts';
import type { LossConfig } from '../src/lossConfig.ts';
import { PairLabelBuffers } from '../src/pairLabelBuffers.ts';
import type { PreparedStructure } from '../src/sharedSet.ts';
import { gradientName, LOSS_OUTPUTS, parameterName, stepOutputs } from '../src/stepModel.ts';
import { parseTrainConfig } from '../src/configSchema.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { preparedStructure } from './prepared.ts';

/** Float64 in another order; edge vectors and positions of pairs are rounded to float32 alike. */
const SAME = 1e-9;
/** Central differences of a loss of order one in float64. */
const DIFFERENCE = 1e-6;
const STEP = 1e-5;

const MODEL: StudentConfig = { ...TINY_MODEL, features: 4, charge: true, spin: true };
const { loss } = parseTrainConfig({ model: MODEL, epochs: 1 });
const LOSS: LossConfig = { ...loss, stress: 0 };
const WEIGHTS = {
  energy: 0.5,
  forces: 1 / 36,
  stress: 0,
  factors: { energy: 1, forces: 10, stress: 0 },
};
const PARTS = { energy: true, forces: true, stress: false };

/** Positions are multiples of this, Angstrom: float32 holds them, and their differences, exactly. */
const GRID = 2 ** -10;

/** Molecules with different charges and spins, the last without either. */
const MEMBERS: PreparedStructure[] = [{ charge: 1, spin: 1 }, { charge: -2, spin: 0 }, {}].map(
  (electrons, k) => {
    const { atoms, ...labels } = labelledStructure(k, { count: 4 + k });
    const positions = atoms.positions.map((x) => GRID * Math.round(x / GRID));
    const structure = preparedStructure(
      { atoms: { ...atoms, positions }, ...labels },
      MODEL.cutoff,
    );
    return {
      ...structure,
      ...electrons,
      positions: Float32Array.from(positions),
    };
  },
);

interface Feed {
  readonly data: Float32Array | BigInt64Array | Float64Array;
  readonly shape: readonly number[];
}
type Feeds = Record<string, Feed>;

function asFeeds(parts: Record<string, { data: unknown; dims: readonly number[] }>): Feeds {
  return Object.fromEntries(
    Object.entries(parts).map(([name, { data, dims }]) => [
      name,
      { data: data as Float32Array, shape: dims },
    ]),
  );
}

const electrons = (): Feeds => asFeeds(new EdgeBuffers().electrons.feeds(MEMBERS));

function pairSide(): Feeds {
  const labels = new PairLabelBuffers();
  labels.fill(MEMBERS, WEIGHTS, 1.3);
  const open = MEMBERS.map(({ numbers, positions }) => ({ numbers, positions: positions! }));
  const feeds = asFeeds(pairFeeds(layoutPairs(open, MODEL.cutoff)));
  return { ...feeds, ...asFeeds(labels.feeds(PARTS)), ...electrons() };
}

function edgeSide(): Feeds {
  const labels = new LabelBuffers();
  labels.fill(MEMBERS, WEIGHTS, 1.3);
  const lists = MEMBERS.map(({ numbers, positions }) => {
    const atoms = { numbers, positions: Float64Array.from(positions!) };
    const open = { cell: new Float64Array(9), pbc: [false, false, false] as const };
    return neighborList({ ...atoms, ...open }, MODEL.cutoff);
  });
  const feeds = edgeFeeds(layoutEdges(lists, { rows: 'chunked' }), labels.numbers(MEMBERS));
  return { ...feeds, ...asFeeds(labels.feeds(PARTS)), ...electrons() };
}

/** Parameters none of which is at a special value, in float64. */
function parameters(): Feeds {
  const initial = initializeParameters(MODEL, 5);
  return Object.fromEntries(
    parameterSpecs(MODEL).map((spec) => [
      parameterName(spec),
      {
        data: Float64Array.from(initial.get(spec.name)!, (x, k) => x + 0.1 * Math.sin(3 * k + 1)),
        shape: spec.shape,
      },
    ]),
  );
}

describe('the gradient of a training step on ions', () => {
  const pairs = stepOutputs({ model: MODEL, loss: LOSS, arrangement: 'pairs' });
  const rows = stepOutputs({ model: MODEL, loss: LOSS, arrangement: 'chunked' });
  const weights = parameters();
  const onPairs = interpret(pairs, { ...pairSide(), ...weights });

  it('is the same in both arrangements, beside atoms that only fill up', () => {
    const onRows = interpret(rows, { ...edgeSide(), ...weights });
    for (const [name, { data }] of Object.entries(onRows)) {
      const largest = data.reduce((max, x) => Math.max(max, Math.abs(x)), 1);
      data.forEach((x, k) => {
        expect(Math.abs(onPairs[name].data[k] - x)).toBeLessThan(SAME * largest);
      });
    }
  });

  it('is the derivative of the loss by the weights of both embeddings', () => {
    const terms = [LOSS_OUTPUTS.energy, LOSS_OUTPUTS.forces];
    const lossOf = (feeds: Feeds): number => {
      const { energy, forces } = Object.fromEntries(
        terms.map((name) => [name.slice('loss/'.length), pairs[name]]),
      );
      const found = interpret({ energy, forces }, feeds);
      const { factors } = WEIGHTS;
      return factors.energy * found.energy.data[0] + factors.forces * found.forces.data[0];
    };
    const specs = parameterSpecs(MODEL).filter(
      ({ block }) => block === 'charge' || block === 'spin',
    );
    expect(specs).toHaveLength(14);
    for (const spec of specs) {
      const name = parameterName(spec);
      const at = spec.shape[0] - 1;
      const moved = (step: number): number => {
        const data = Float64Array.from(weights[name].data as Float64Array);
        data[at] += step;
        return lossOf({ ...pairSide(), ...weights, [name]: { ...weights[name], data } });
      };
      const slope = (moved(STEP) - moved(-STEP)) / (2 * STEP);
      const found = onPairs[gradientName(spec)].data[at];
      expect(Math.abs(found - slope)).toBeLessThan(DIFFERENCE * Math.max(1, Math.abs(slope)));
    }
  });
});
