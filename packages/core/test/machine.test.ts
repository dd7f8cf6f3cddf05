import { cpus } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { machineDifferences, machineKey, thisMachine } from '../src/index.ts';

describe('thisMachine', () => {
  test('is the one that this runs on', () => {
    const machine = thisMachine();
    expect(machine).toMatchObject({
      cpu: cpus()[0].model.trim(),
      node: process.versions.node,
      os: expect.stringContaining(`${process.platform}-${process.arch}`),
    });
    expect(machine.cores).toBeGreaterThanOrEqual(1);
    expect(machine.memory).toBeGreaterThanOrEqual(1);
    expect(thisMachine()).toEqual(machine);
  });

  test('has a key that nothing else shares, and differences by name', () => {
    const here = thisMachine();
    expect(machineDifferences(here, here)).toEqual([]);
    for (const other of [
      { ...here, cpu: 'abacus' },
      { ...here, cores: here.cores + 1 },
      { ...here, memory: here.memory + 1 },
      { ...here, node: '1.0.0' },
      { ...here, os: 'plan9-mips 4' },
      { ...here, simd: 'none' },
    ]) {
      expect(machineKey(other)).not.toBe(machineKey(here));
      expect(machineDifferences(other, here)).toHaveLength(1);
    }
    expect(machineDifferences({ ...here, node: '1.0.0' }, here)[0]).toBe(
      `node: 1.0.0, here ${here.node}`,
    );
  });
});
