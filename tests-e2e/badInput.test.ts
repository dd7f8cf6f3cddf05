import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { mlffd } from './support/cli.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

const tiny = readFileSync(fileURLToPath(new URL('./tiny.yaml', import.meta.url)), 'utf8');
const folder = temporaryFolder();

/** Runs `distill` on a changed copy of the small configuration. */
async function distill(
  name: string,
  change: (text: string) => string,
): Promise<{ code: number | null; stderr: string }> {
  const file = join(folder(), `${name}.yaml`);
  const text = change(tiny);
  expect(text).not.toBe(tiny);
  writeFileSync(file, text);
  return mlffd(['distill', file, '--out', join(folder(), name)]);
}

/** The system of the configuration replaced by a structure file with the given text. */
function withStructure(name: string, text: string): (config: string) => string {
  writeFileSync(join(folder(), `${name}.xyz`), text);
  return (config) => config.replace(/\{ name: nacl, .*\}/, `{ name: nacl, file: ${name}.xyz }`);
}

const frame = (rows: string, cell = '5 0 0 0 5 0 0 0 5'): string =>
  `2\nLattice="${cell}" Properties=species:S:1:pos:R:3 pbc="T T T"\n${rows}\n`;

describe('bad input ends with exit code 2 and says what to do', () => {
  test('a typo in the configuration', async () => {
    const { code, stderr } = await distill('typo', (text) => text.replace('epochs', 'epoch'));
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean 'epochs'?");
  });

  test.each([
    ['an unknown element', 'element', frame('Xx 0 0 0\nCl 2.5 0 0'), /Xx/],
    ['a NaN position', 'nan', frame('Na nan 0 0\nCl 2.5 0 0'), /nan/i],
    [
      'a cell without volume',
      'flat',
      frame('Na 0 0 0\nCl 2.5 0 0', '5 0 0 0 5 0 5 5 0'),
      /volume|cell/i,
    ],
    ['an empty structure file', 'empty', '', /empty/i],
    ['a truncated structure file', 'truncated', '4\n\nNa 0 0 0\n', /truncated|expected|ends/i],
    [
      'an element that the teacher does not know',
      'teacher',
      frame('Po 0 0 0\nRn 2.5 0 0'),
      /Po|Rn/,
    ],
  ])('%s', async (_, name, text, message) => {
    const { code, stderr } = await distill(name, withStructure(name, text));
    expect(stderr).toMatch(message);
    expect(stderr).toContain('what to do');
    expect(code).toBe(2);
  });

  test('a run folder that cannot be written', async () => {
    writeFileSync(join(folder(), 'blocked'), 'a file where the folder should be');
    const config = join(folder(), 'ok.yaml');
    writeFileSync(config, tiny);
    const out = join(folder(), 'blocked', 'run');
    const { code, stderr } = await mlffd(['distill', config, '--out', out]);
    expect(code).toBe(1);
    expect(stderr).toContain('run/not-writable');
    expect(stderr).toContain('--out');
  });

  test('a configuration that does not exist', async () => {
    const { code, stderr } = await mlffd(['distill', join(folder(), 'none.yaml')]);
    expect(code).toBe(1);
    expect(stderr).toContain('config/not-readable');
  });

  test('an unknown command', async () => {
    const { code, stderr } = await mlffd(['destill']);
    expect(code).toBe(2);
    expect(stderr).toContain('distill');
  });

  test('a folder that holds no student', async () => {
    const empty = join(folder(), 'no-student');
    mkdirSync(empty);
    const { code, stderr } = await mlffd(['inspect', empty]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('config.json');
  });
});
