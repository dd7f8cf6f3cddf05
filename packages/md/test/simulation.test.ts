import { describe, expect, test } from '@jest/globals';
import {
  bussi,
  type Integrator,
  langevin,
  MdError,
  mtk,
  runMd,
  Simulation,
  totalMomentum,
  velocityVerlet,
} from '../src/index.ts';
import { periodicLennardJones } from './periodicPotentials.ts';
import { argonCluster, argonCrystal, later, openLennardJones } from './potentials.ts';

const start = { atoms: argonCluster(), temperature: 30, seed: 5 };
const calculator = openLennardJones();
const nve = velocityVerlet({ timestep: 2 });
const bath = langevin({ timestep: 2, temperature: 30, friction: 0.01, seed: 1 });
/** Error of 2 fs steps in argon, eV; a jump of the conserved energy would be a hundred times that. */
const STEP_ERROR = 2e-4;

describe('a simulation', () => {
  test.each<[string, Integrator]>([
    ['velocity Verlet', nve],
    ['Langevin', bath],
    ['Bussi', bussi({ timestep: 2, temperature: 30, timeConstant: 50, seed: 2 })],
  ])('is the trajectory of runMd, bit for bit: %s', async (_, integrator) => {
    const simulation = new Simulation({ calculator, integrator, ...start });
    simulation.advance();
    simulation.advance(49);
    const { frame } = await runMd({ calculator, integrator, ...start, steps: 50 });
    expect(simulation.step).toBe(50);
    expect(simulation.frame()).toEqual(frame);
  });

  test('goes on with another integrator without a jump', () => {
    const simulation = new Simulation({ calculator, integrator: bath, ...start });
    const first = simulation.frame();
    simulation.advance(100);
    const before = simulation.frame();
    simulation.changeIntegrator(nve);
    const after = simulation.frame();
    expect(after.atoms.positions).toEqual(before.atoms.positions);
    expect(after.conserved).toBeCloseTo(before.conserved, 12);
    expect(Math.hypot(...totalMomentum(after.velocities, calculatorMasses()))).toBeLessThan(1e-10);
    simulation.advance(100);
    simulation.changeIntegrator(langevin({ timestep: 1, temperature: 5, friction: 0.05, seed: 3 }));
    simulation.advance(100);
    const last = simulation.frame();
    expect(last.time).toBe(100 * 2 + 100 * 2 + 100);
    expect(last.step).toBe(300);
    expect(Math.abs(last.conserved - first.conserved)).toBeLessThan(STEP_ERROR);
    expect(Math.abs(last.total - first.total)).toBeGreaterThan(10 * STEP_ERROR);
  });

  test('goes on under a barostat, which needs the stress', () => {
    const simulation = new Simulation({
      calculator: periodicLennardJones(),
      integrator: nve,
      atoms: argonCrystal(),
      temperature: 30,
      seed: 5,
    });
    const options = { timestep: 2, temperature: 30, timeConstant: 100 };
    simulation.changeIntegrator(mtk({ ...options, pressure: 0, pressureTimeConstant: 2000 }));
    const { conserved } = simulation.frame();
    simulation.advance(50);
    const frame = simulation.frame();
    expect(frame.stress).toHaveLength(6);
    expect(Math.abs(frame.conserved - conserved)).toBeLessThan(10 * STEP_ERROR);
  });

  test('stops where a guard says so, and hands over the frame', () => {
    const simulation = new Simulation({
      calculator,
      integrator: bath,
      ...start,
      guards: { maxTemperature: 31 },
    });
    let error: unknown;
    try {
      simulation.advance(10_000);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(MdError);
    expect(error).toMatchObject({ code: 'md/too-hot', frame: { step: simulation.step } });
  });

  test('refuses a calculator that answers later', () => {
    expect(
      () => new Simulation({ calculator: later(calculator), integrator: nve, ...start }),
    ).toThrow(expect.objectContaining({ code: 'md/asynchronous-calculator' }));
  });
});

function calculatorMasses(): Float64Array {
  return new Float64Array(start.atoms.numbers.length).fill(39.948);
}
