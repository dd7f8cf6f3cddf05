import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import * as G from '@mlffd/graph';

const folder = mkdtempSync(join(tmpdir(), 'graph-profile-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const graph = new G.Graph();
const BYTES = G.toOnnx({ outputs: { wave: G.sin(graph.input('x', [2])) }, name: 'wave' });

test('the end of a profile tells its file, also where several begin alike', async () => {
  const sessions = [];
  for (const name of ['run', 'run', 'other']) {
    sessions.push(await G.OnnxSession.create(BYTES, { profile: join(folder, name) }));
  }
  const paths = sessions.map((session) => session.endProfile());
  for (const session of sessions) await session.release();
  expect(new Set(paths).size).toBe(3);
  expect(paths.every((path) => existsSync(path))).toBe(true);
  expect(paths[2].startsWith(join(folder, 'other_'))).toBe(true);
});

test('a session that is not profiled says so', async () => {
  const session = await G.OnnxSession.create(BYTES);
  expect(() => session.endProfile()).toThrow(
    expect.objectContaining({ code: 'graph/session-no-profile' }),
  );
  await session.release();
});

test('a folder that is not there is told before the session is made', async () => {
  const profile = join(folder, 'none', 'run');
  await expect(G.OnnxSession.create(BYTES, { profile })).rejects.toMatchObject({
    code: 'graph/session-profile-folder',
    where: profile,
  });
});

test('the rate of products is measured', async () => {
  expect(await G.measureProductRate({ size: 64, runs: 3 })).toBeGreaterThan(1e6);
});
