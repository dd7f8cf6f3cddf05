import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { ANI2X } from '../src/python/presets/ani.ts';
import { MACE_MP } from '../src/python/presets/mace.ts';
import { SEVENNET } from '../src/python/presets/sevennet.ts';
import { OFFLINE, potentialPeer, startPreset } from './potentialSupport.ts';
import { failureOf } from './pythonSupport.ts';

const torch = potentialPeer('torch');
const mace = potentialPeer('mace');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-offline-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('without weights and a connection the error has the command to run', () => {
  torch.test(
    'SevenNet',
    async () => {
      const args = { model: '7net-mf-ompa', modal: 'mpa' };
      const env = { ...OFFLINE, HOME: folder };
      expect(await failureOf(startPreset(torch, SEVENNET, { args, env }))).toMatchObject({
        code: 'teachers/offline',
        hint: expect.stringContaining('SevenNetCalculator(model="7net-mf-ompa", modal="mpa")'),
      });
    },
    60_000,
  );

  torch.test(
    'ANI-2x',
    async () => {
      const env = { ...OFFLINE, TORCHANI_DATA_DIR: folder };
      expect(await failureOf(startPreset(torch, ANI2X, { env }))).toMatchObject({
        code: 'teachers/offline',
        hint: expect.stringMatching(/curl -fLO https:\S+ani2x_state_dict\.pt.*weights=/),
      });
    },
    60_000,
  );

  mace.test(
    'MACE',
    async () => {
      const env = { ...OFFLINE, XDG_CACHE_HOME: folder };
      expect(await failureOf(startPreset(mace, MACE_MP, { env }))).toMatchObject({
        code: 'teachers/offline',
        hint: expect.stringMatching(/curl -fLO https:\S+mace-mpa-0-medium\.model.*weights=/),
      });
    },
    60_000,
  );
});
