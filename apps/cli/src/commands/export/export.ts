import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, readTextFile, writeFileAtomic } from '@mlffd/core';
import {
  CHECKPOINT_FILES,
  exportHub,
  exportOnnx,
  loadStudent,
  schnetpackScript,
  toSchnetpack,
} from '@mlffd/student';
import type { CommandIo } from '../../terminal/io.ts';
import { count } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';

/** What `--to` takes. */
export const EXPORT_FORMATS = ['onnx', 'safetensors', 'schnetpack'] as const;

/** Options of `mlffd export`. */
export interface ExportFlags {
  readonly to: (typeof EXPORT_FORMATS)[number];
  readonly out: string;
  readonly opset: string;
}

const OPSETS = { least: 18, most: 23 } as const;
const SCRIPT = 'schnetpack_model.py';

/** `mlffd export`: a student for other programs. */
export function exportCommand(folder: string, flags: ExportFlags, io: CommandIo): void {
  const opset = opsetOf(flags.opset);
  const student = loadStudent(folder);
  const out = resolve(flags.out);
  const print = (text: string): void => {
    io.stdout.write(`${text}\n`);
  };
  switch (flags.to) {
    case 'onnx':
      makeOutputFolder(dirname(out));
      writeFileAtomic(out, exportOnnx(student, { opset }));
      print(`model    ${out}`);
      print('Inputs, outputs, units, cutoff and reference energies are in its metadata.');
      if (student.config.zbl === true) {
        print('It lacks the ZBL repulsion of nuclei, which has to be added outside.');
      }
      return;
    case 'safetensors': {
      makeOutputFolder(out);
      for (const [name, content] of Object.entries(exportHub(student))) {
        writeFileAtomic(join(out, name), content);
        print(`${name === CHECKPOINT_FILES.config ? 'config ' : 'weights'}  ${join(out, name)}`);
      }
      const card = join(folder, CHECKPOINT_FILES.card);
      if (existsSync(card)) {
        writeFileAtomic(join(out, CHECKPOINT_FILES.card), readTextFile(card));
        print(`card     ${join(out, CHECKPOINT_FILES.card)}`);
      }
      return;
    }
    case 'schnetpack': {
      makeOutputFolder(out);
      writeFileAtomic(join(out, CHECKPOINT_FILES.weights), toSchnetpack(student));
      writeFileAtomic(join(out, SCRIPT), readFileSync(schnetpackScript()));
      print(`weights  ${join(out, CHECKPOINT_FILES.weights)}`);
      print(`script   ${join(out, SCRIPT)}`);
      print('With a Python that has schnetpack 2.x, a model as schnetpack saves it:');
      print(
        `  python ${join(out, SCRIPT)} build ${join(out, CHECKPOINT_FILES.weights)} ${join(out, 'best_model')}`,
      );
      if (student.config.cutoffFunction === 'polynomial') {
        print(`schnetpack has no polynomial cutoff: keep ${SCRIPT} importable where it is loaded.`);
      }
    }
  }
}

function opsetOf(text: string): number {
  const opset = count(text, '--opset');
  if (opset >= OPSETS.least && opset <= OPSETS.most) return opset;
  throw new InvalidArgumentError('usage/opset', `--opset ${text} is not supported.`, {
    where: '--opset',
    expected: `${String(OPSETS.least)} to ${String(OPSETS.most)}`,
    found: text,
  });
}
