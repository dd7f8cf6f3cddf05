import { describe, expect, test } from '@jest/globals';
import { AbortedError } from '@mlffd/core';
import fc from 'fast-check';
import { audit, auditStream } from '../src/audit/audit.ts';
import { auditExitCode, auditText } from '../src/audit/report.ts';
import type { AuditReport } from '../src/audit/report.ts';
import { changed, cleanSet } from './support/auditSets.ts';

const clean = cleanSet();

describe('an audit', () => {
  test('finds nothing in a clean set', () => {
    expect(audit(clean)).toEqual({
      structures: 52,
      atoms: 14 * 8 + 12 * 4 + 6 * 4 + 20 * 8,
      elements: ['Na', 'Mg', 'Cl'],
      findings: [],
      counts: { error: 0, warning: 0, info: 0 },
      go: true,
    });
    expect(audit([])).toMatchObject({ structures: 0, elements: [], findings: [], go: true });
  });

  test('shows twenty structures, counts all by source, and sorts by severity', () => {
    const broken = changed(clean, (_, k) => (k % 2 === 0 ? { energy: NaN } : {}));
    const { findings } = audit([...broken, { ...clean[20], energy: 0 }]);
    const [first] = findings;
    expect(first).toMatchObject({ check: 'non-finite', severity: 'error', count: 26 });
    expect(first.indices).toEqual(Array.from({ length: 20 }, (_, k) => 2 * k));
    expect(first.sources).toEqual([
      { source: 'rattle', count: 10 },
      { source: 'md', count: 10 },
      { source: 'cluster', count: 6 },
    ]);
    const rank = { error: 0, warning: 1, info: 2 };
    const order = findings.map(({ severity }) => rank[severity]);
    expect(order).toEqual([...order].sort());
    for (const { fix } of findings) expect(fix).toMatch(/\w+.*[.]$/);
  });

  test('is JSON, a text with figures and fixes, and an exit code', () => {
    const report = audit(changed(clean, () => ({ energy: NaN }), 'md'));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const text = auditText(report);
    expect(text.split('\n').slice(0, 9)).toEqual([
      'NO-GO: 1 error, 0 warnings, 0 to know',
      '52 structures, 344 atoms of Na Mg Cl',
      '',
      'ERROR  non-finite',
      '  positions or labels are NaN or infinite in 20 structures',
      `  structures: ${Array.from({ length: 20 }, (_, k) => 32 + k).join(', ')}`,
      '  sources: md (20)',
      `  fix: ${report.findings[0].fix}`,
      '',
    ]);
    expect(auditText(audit(clean))).toBe(
      'GO: nothing found\n52 structures, 344 atoms of Na Mg Cl\n',
    );
    const counts = (error: number, warning: number): AuditReport => ({
      ...report,
      counts: { error, warning, info: 3 },
    });
    expect(auditExitCode(counts(1, 0))).toBe(1);
    expect(auditExitCode(counts(0, 2))).toBe(0);
    expect(auditExitCode(counts(0, 2), { strict: true })).toBe(1);
    expect(auditExitCode(counts(0, 0), { strict: true })).toBe(0);
  });

  test('says the same of a stream, shows progress and stops', async () => {
    const broken = [...changed(clean, () => ({ stress: new Float64Array(6) })), ...clean];
    const stream = async function* () {
      yield* await Promise.resolve(broken);
    };
    const seen: number[] = [];
    const options = { onEvent: ({ done }: { done: number }) => void seen.push(done) };
    expect(await auditStream(stream(), options)).toEqual(audit(broken));
    expect(seen).toEqual([64, 104]);
    const controller = new AbortController();
    const stopping = auditStream(broken, {
      signal: controller.signal,
      onEvent: () => {
        controller.abort();
      },
    });
    await expect(stopping).rejects.toBeInstanceOf(AbortedError);
  });

  test('withstands any number in any place', () => {
    const small = [...clean.slice(0, 4), ...clean.slice(14, 18), ...clean.slice(-4)];
    const wild = fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e300, -1e-300, 1e9);
    fc.assert(
      fc.property(wild, fc.nat(11), fc.nat(11), fc.nat(4), (value, at, place, field) => {
        const { atoms, forces, stress, energy } = small[at];
        const set = (array: Float64Array) =>
          array.map((x, k) => (k === place % array.length ? value : x));
        const change = [
          { energy: energy! + value },
          { forces: set(forces!) },
          { stress: set(stress ?? new Float64Array(6)) },
          { atoms: { ...atoms, positions: set(atoms.positions) } },
          { atoms: { ...atoms, cell: set(atoms.cell) } },
        ][field];
        const report = audit(small.map((item, k) => (k === at ? { ...item, ...change } : item)));
        const bad = !Number.isFinite(value);
        expect(report.findings.some(({ check }) => check === 'non-finite')).toBe(bad);
        expect(auditText(report)).toContain(report.go ? 'GO' : 'NO-GO');
      }),
      { numRuns: 80, seed: 1 },
    );
  });
});
