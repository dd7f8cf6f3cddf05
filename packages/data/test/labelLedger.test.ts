import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ledger } from '../src/label/ledger.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('does what a map would do', () => {
  const id = fc.constantFrom(...Array.from({ length: 12 }, (_, k) => `id ${k}`));
  const step = fc.oneof(
    fc.record({
      do: fc.constant('finish' as const),
      id,
      state: fc.constantFrom('labelled' as const, 'failed' as const),
      batch: fc.integer({ min: 0, max: 3 }),
      unit: fc.boolean(),
    }),
    fc.record({ do: fc.constant('meet' as const), id }),
    fc.record({ do: fc.constant('retract' as const), id }),
    fc.record({ do: fc.constant('forget' as const), batch: fc.integer({ min: 0, max: 3 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ledger = new Ledger();
      const map = new Map<string, { state: string; batch: number; unit: boolean }>();
      const seen = new Set<string>();
      for (const entry of steps) {
        if (entry.do === 'finish') {
          map.set(entry.id, entry);
          ledger.finish(entry.id, { ...entry, hash: hashOf(entry.id) });
        } else if (entry.do === 'retract') {
          map.delete(entry.id);
          ledger.retract(entry.id);
        } else if (entry.do === 'forget') {
          for (const [key, { batch }] of map) if (batch === entry.batch) map.delete(key);
          ledger.forget(entry.batch);
        } else {
          const record = ledger.meet(entry.id);
          expect(record === undefined).toBe(seen.has(entry.id));
          seen.add(entry.id);
          if (record === undefined) continue;
          expect(record.state).toBe(map.get(entry.id)?.state ?? 'new');
          if (record.state !== 'new') expect(hashOf(entry.id).startsWith(record.hash)).toBe(true);
        }
        const entries = [...map];
        expect(ledger.labelled).toBe(entries.filter(([, e]) => e.state === 'labelled').length);
        expect(ledger.failed).toBe(entries.filter(([, e]) => e.state === 'failed').length);
        expect(ledger.missing).toBe(entries.filter(([key, e]) => !e.unit && !seen.has(key)).length);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('holds many', () => {
  const ledger = new Ledger();
  const hash = hashOf('geometry');
  const COUNT = 20_000;
  for (let k = 0; k < COUNT; k++) {
    ledger.finish(`structure ${k}`, { hash, state: 'labelled', batch: 0, unit: false });
  }
  expect(ledger).toMatchObject({ labelled: COUNT, missing: COUNT });
  for (let k = 0; k < COUNT; k++) {
    if (ledger.meet(`structure ${k}`)?.state !== 'labelled') throw new Error(`lost ${k}`);
  }
  expect(ledger.missing).toBe(0);
  expect(ledger.meet('another')).toMatchObject({ state: 'new' });
});

test('knows a unit that could not be made, which has no geometry', () => {
  const ledger = new Ledger();
  ledger.finish('unit', { hash: '', state: 'failed', batch: 0, unit: true });
  expect(ledger.failed).toBe(1);
  expect(ledger.missing).toBe(0);
});
