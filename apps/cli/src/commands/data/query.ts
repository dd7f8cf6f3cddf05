import { dirname, resolve } from 'node:path';
import type { Calculator } from '@mlffd/core';
import {
  exportExtxyz,
  selectDiverse,
  selectUncertain,
  type LabelledStructure,
  type UncertainSelection,
} from '@mlffd/data';
import { StudentCalculator } from '@mlffd/student';
import { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count, positive } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { openSource } from './source.ts';

interface QueryFlags {
  readonly students: readonly string[];
  readonly count: string;
  readonly lower: string;
  readonly upper: string;
  readonly perGroup?: string;
  readonly diverse?: boolean;
  readonly out: string;
}

/** How many times more structures than are wanted compete when diversity decides. */
const SHORTLIST = 5;

/** `mlffd data query`: the structures that a committee of students knows least. */
export async function dataQueryCommand(
  file: string,
  flags: QueryFlags,
  io: CommandIo,
): Promise<void> {
  const wanted = count(flags.count, '--count');
  const out = resolve(flags.out);
  const { structures } = await openSource(file, undefined);
  const display = new Display(io);
  const committee: Calculator[] = [];
  try {
    for (const folder of flags.students) committee.push(await StudentCalculator.load(folder));
    const selection = await selectUncertain({
      candidates: structures,
      committee,
      count: wanted,
      lower: positive(flags.lower, '--lower'),
      upper: positive(flags.upper, '--upper'),
      ...(flags.perGroup === undefined ? {} : { perGroup: count(flags.perGroup, '--per-group') }),
      ...(flags.diverse === true
        ? {
            diversity: {
              shortlist: SHORTLIST * wanted,
              choose: (list, most) => selectDiverse(list, { count: most, start: 0 }).order,
            },
          }
        : {}),
      signal: io.signal,
      onEvent: (event) => {
        if (event.type !== 'progress') return;
        const detail = `${String(event.candidates)} candidates`;
        const progress = { done: event.seen, unit: 'structures', detail };
        display.onEvent({ type: 'progress', stage: 'query', progress });
      },
    });
    makeOutputFolder(dirname(out));
    exportExtxyz(
      selection.selected.map(({ structure }) => unlabelled(structure)),
      out,
    );
    display.print(selectionText(selection));
    display.print(`chosen   ${out}`);
  } finally {
    display.close();
    for (const student of committee) await student.dispose();
  }
}

const unlabelled = ({ atoms, meta }: LabelledStructure): LabelledStructure => ({ atoms, meta });

function selectionText({ statistics, selected, failures }: UncertainSelection): string {
  const { seen, accurate, candidate, failed, meanUncertainty, largestUncertainty } = statistics;
  return [
    `${String(seen)} structures: ${String(accurate)} accurate, ${String(candidate)} candidates, ${String(failed)} beyond trust or failed`,
    `force deviation: mean ${meanUncertainty.toPrecision(3)}, largest ${largestUncertainty.toPrecision(3)} eV/Angstrom`,
    `${String(selected.length)} chosen`,
    ...failures.slice(0, 5).map(({ id, message }) => `  ${id} failed: ${message}`),
  ].join('\n');
}
