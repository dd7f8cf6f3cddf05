import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig, parseConfig } from '../src/config/load.ts';

const demo = readFileSync(new URL('../assets/demo.yaml', import.meta.url), 'utf8');

/** The message of the error that the text must give. */
function faultsOf(text: string): string {
  try {
    parseConfig(text, 'config.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('the configuration file', () => {
  test('the built-in example is valid and takes defaults', () => {
    const config = parseConfig(demo, 'demo.yaml');
    expect(config.name).toBe('nacl');
    expect(config.systems.map((system) => system.name)).toEqual(['nacl-8', 'nacl-16', 'nacl-64']);
    expect(config.gates).toEqual({ forceR2: 0.995, accuracy: 0.95, nveSlope: 1e-3, speedup: 5 });
    expect(config.training.weights).toEqual({ energy: 1, forces: 100, stress: 1000 });
  });

  test('an unknown key is an error with line, path and the nearest known key', () => {
    const message = faultsOf(demo.replace('learningRate:', 'learning_rate:'));
    expect(message).toMatch(/line \d+/);
    expect(message).toContain("training.learning_rate: unknown key 'learning_rate'");
    expect(message).toContain("did you mean 'learningRate'?");
  });

  test('an unknown key inside a list entry is found too', () => {
    const message = faultsOf(demo.replace('supercell: [2, 1, 1]', 'super_cell: [2, 1, 1]'));
    expect(message).toContain('systems.1.super_cell');
    expect(message).toContain("did you mean 'supercell'?");
  });

  test('a wrong value names its line and path', () => {
    const line = demo.split('\n').findIndex((text) => text.includes('epochs:')) + 1;
    const message = faultsOf(demo.replace(/epochs: \d+/, 'epochs: many'));
    expect(message).toContain(`line ${line}, training.epochs`);
  });

  test('all faults are listed at once', () => {
    const message = faultsOf(
      demo.replace('seed: 1', 'seed: -1').replace('type: chgnet', 'type: orbb'),
    );
    expect(message).toContain('2 faults');
    expect(message).toContain('seed');
    expect(message).toContain('teacher.type');
  });

  test('a softening of the student is kept, and one out of range is named', () => {
    const soften = (value: string): string =>
      demo.replace(/^student:\n/m, `student:\n  normSoftening: ${value}\n`);
    expect(parseConfig(soften('0.1'), 'demo.yaml').student.normSoftening).toBe(0.1);
    expect(faultsOf(soften('-0.1'))).toContain('student.normSoftening');
  });

  test('names that do not exist or exist twice are found', () => {
    expect(faultsOf(demo.replace('system: nacl-64', 'system: nacl'))).toContain(
      "no system is named 'nacl'; the systems are nacl-8, nacl-16, nacl-64",
    );
    expect(faultsOf(demo.replace('name: nacl-16', 'name: nacl-8'))).toContain('two systems');
  });

  test('a configuration without anything to train on is refused', () => {
    const start = demo.indexOf('sampling:');
    const end = demo.indexOf('# Trajectories of their own');
    expect(faultsOf(`${demo.slice(0, start)}sampling: {}\n${demo.slice(end)}`)).toContain(
      'nothing to train on',
    );
  });

  test('broken YAML names the line', () => {
    expect(faultsOf('name: [nacl\nseed: 1\n')).toMatch(/line \d/);
  });

  test('a missing file says what to do', async () => {
    await expect(loadConfig('does-not-exist.yaml')).rejects.toMatchObject({
      code: 'config/not-readable',
      hint: expect.stringContaining('demo'),
    });
  });
});
