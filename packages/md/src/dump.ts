import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatExtxyzFrame, isMlffdError, writeFileAtomic } from '@mlffd/core';
import { MdError } from './errors.ts';
import type { MdFrame } from './frame.ts';
import { fileFrame } from './trajectory/extxyzWriter.ts';

/**
 * Writes the frame of an error to a file of its own in `folder`, extended XYZ with the code and the
 * reason among the keys of the frame, and returns the error with the path in `dump` and its hint. Where
 * the file cannot be written, the hint says so, and the error is what it was otherwise.
 */
export function dumpFrame(folder: string, error: MdError): MdError {
  const { frame, code, message, cause } = error;
  if (frame === undefined) return error;
  const name = `step-${String(frame.step).padStart(8, '0')}-${code.replace(/^.*\//, '')}.extxyz`;
  const path = join(folder, name);
  const details = {
    ...(error.expected === undefined ? {} : { expected: error.expected }),
    ...(error.found === undefined ? {} : { found: error.found }),
    ...(error.where === undefined ? {} : { where: error.where }),
    ...(cause === undefined ? {} : { cause }),
    frame,
  };
  const hint = error.hint === undefined ? '' : `${error.hint} `;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(path, textOf(frame, error));
  } catch (failure) {
    const why = isMlffdError(failure) ? failure.message : String(failure);
    return new MdError(code, message, { ...details, hint: `${hint}No frame was saved: ${why}.` });
  }
  return new MdError(code, message, {
    ...details,
    dump: path,
    hint: `${hint}The frame is in ${path}.`,
  });
}

function textOf(frame: MdFrame, { code, message, expected, found }: MdError): string {
  const { atoms, results, arrays } = fileFrame(frame);
  const reason = { code, reason: message, expected: expected ?? '', found: found ?? '' };
  return formatExtxyzFrame({
    atoms: { ...atoms, info: { ...atoms.info, ...reason } },
    ...(results === undefined ? {} : { results }),
    ...(arrays === undefined ? {} : { arrays }),
  });
}
