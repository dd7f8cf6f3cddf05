import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DomainBuilder, FileFormatError, FileSystemError } from '@mlffd/core';
import { readDomain, saveDomain } from '../src/domainFile.ts';
import {
  CHECKPOINT_FILES,
  decodeStudent,
  exportHub,
  loadStudent,
  saveStudent,
  StudentCalculator,
} from '../src/index.ts';
import { box, randomStudent, water } from './systems.ts';

const builder = new DomainBuilder();
builder.add(water());
builder.add(box(12));
const domain = builder.domain();
const student = { ...randomStudent(), domain };
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'domain-'));
  await saveStudent(folder, student, { testStructures: [water()] });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const file = (): string => join(folder, CHECKPOINT_FILES.domain);

test('comes back from the folder and from bytes, and the calculator has it', async () => {
  expect(loadStudent(folder).domain).toEqual(domain);
  const calculator = await StudentCalculator.load(folder, { backend: 'fused' });
  expect(calculator.domain).toEqual(domain);
  await calculator.dispose();
  const bytes = (name: keyof typeof CHECKPOINT_FILES): Uint8Array =>
    readFileSync(join(folder, CHECKPOINT_FILES[name]));
  const files = { config: bytes('config'), weights: bytes('weights') };
  expect(decodeStudent({ ...files, domain: bytes('domain') }).domain).toEqual(domain);
  expect(decodeStudent(files)).not.toHaveProperty('domain');
  expect(exportHub(student)[CHECKPOINT_FILES.domain]).toBe(readFileSync(file(), 'utf8'));
});

test('can be added later, and goes with the student that is replaced', async () => {
  await saveStudent(folder, randomStudent(), { testStructures: [water()] });
  expect(readdirSync(folder)).not.toContain(CHECKPOINT_FILES.domain);
  expect(loadStudent(folder)).not.toHaveProperty('domain');
  saveDomain(folder, domain);
  expect(readDomain(folder)).toEqual(domain);
  expect(loadStudent(folder).domain).toEqual(domain);
});

test('a file that is damaged is an error that names it', () => {
  const text = readFileSync(file(), 'utf8');
  writeFileSync(file(), text.slice(0, 100));
  expect(() => loadStudent(folder)).toThrow(FileFormatError);
  expect(() => loadStudent(folder)).toThrow(/domain\.json/);
  expect(() => {
    saveDomain(join(folder, 'nowhere'), domain);
  }).toThrow(FileSystemError);
  writeFileSync(file(), text);
});
