import type { TeacherAudit } from '@mlffd/teachers';

/** One thing that an audit has found, and what it means for a student. */
export interface Finding {
  readonly title: string;
  /** Null where it could not be measured. */
  readonly measured: number | null;
  readonly unit: string;
  /** What is no larger than this is no finding; null where the figure is exact. */
  readonly resolution: number | null;
  readonly status: 'pass' | 'warn' | 'info';
  readonly meaning: string;
}

/** What a finding is made of. */
interface Rule {
  readonly title: string;
  readonly unit: string;
  readonly measured: number | null;
  readonly resolution?: number | null;
  /** Below this it is nothing that a student would notice. */
  readonly harmless: number;
  readonly good: string;
  readonly bad: string;
}

// Students reach some meV/Angstrom and some 0.1 meV/atom: what is far below that is harmless.
const FORCE = 1;
const ENERGY = 0.1;

/** Everything of an audit that bounds a student, in one sentence each. */
export function findingsOf(audit: TeacherAudit): Finding[] {
  return [...rulesOf(audit).map(findingOf), zeroFinding(audit), conformanceFinding(audit)];
}

function findingOf(rule: Rule): Finding {
  const { title, unit, measured, resolution = null, harmless, good, bad } = rule;
  const common = { title, unit, measured, resolution };
  if (measured === null) return { ...common, status: 'info', meaning: 'Not measured.' };
  const isBad = measured > Math.max(harmless, 2 * (resolution ?? 0));
  return { ...common, status: isBad ? 'warn' : 'pass', meaning: isBad ? bad : good };
}

function rulesOf({ summary, structures, cutoff_A: cutoff }: TeacherAudit): Rule[] {
  const milli = (value: number | null): number | null => (value === null ? null : 1000 * value);
  const worst = (values: readonly number[]): number | null =>
    values.length === 0 ? null : Math.max(...values);
  const net = worst(structures.map((own) => own.net_force_eV_A / own.atoms));
  const curled = structures.reduce<TeacherAudit['structures'][number] | undefined>(
    (most, own) => (most === undefined || own.curl_part > most.curl_part ? own : most),
    undefined,
  );
  return [
    {
      title: 'Net force per atom',
      unit: 'meV/Å',
      measured: milli(net),
      harmless: FORCE,
      good: 'Forces add up to zero, as those of every student do.',
      bad: 'The forces of a student add up to zero: averaged over the atoms, no student can be better than this.',
    },
    {
      title: 'Torque on molecules',
      unit: 'meV',
      measured: milli(summary.torque_max_eV),
      harmless: 10,
      good: 'Forces turn no molecule as a whole, as those of a student do not.',
      bad: 'The forces of a student never turn a molecule as a whole: this part cannot be learned.',
    },
    {
      title: 'Same structure again',
      unit: 'meV/Å',
      measured: milli(summary.repeat_force_max_eV_A),
      harmless: 0.1 * FORCE,
      good: 'The same question has the same answer.',
      bad: 'Labels have noise of this size: no student can be better than its labels.',
    },
    {
      title: 'Forces against −dE/dr',
      unit: 'meV/Å',
      measured: milli(summary.gradient_error_max_eV_A),
      resolution: milli(summary.gradient_resolution_max_eV_A),
      harmless: FORCE,
      good: 'Forces are the gradient of the energy, as far as differences can tell: one student can match both.',
      bad: 'Forces are not the gradient of the energy: a student that matches one misses the other by about this much.',
    },
    {
      title: 'Curl: part of dF/dr that is no gradient',
      unit: '%',
      measured: curled === undefined ? null : 100 * curled.curl_part,
      resolution: curled === undefined ? null : 100 * curled.curl_part_resolution,
      harmless: 0.1,
      good: 'Forces belong to some energy: a conservative student can learn all of them.',
      bad: 'This part of the forces belongs to no energy at all: no conservative student can learn it.',
    },
    {
      title: 'Energy under rotation',
      unit: 'meV/atom',
      measured: milli(summary.rotation_energy_max_eV_atom),
      harmless: ENERGY,
      good: 'Turned structures have the same energy.',
      bad: 'A student has one energy for all orientations: no student can be better than about half of this.',
    },
    {
      title: 'Forces under rotation',
      unit: 'meV/Å',
      measured: milli(summary.rotation_force_max_eV_A),
      harmless: FORCE,
      good: 'Forces turn with the structure, as those of a student do.',
      bad: 'The forces of a student turn with the structure: it learns the mean over orientations, and single answers differ from that.',
    },
    {
      title: 'Size consistency',
      unit: 'meV/atom',
      measured: milli(summary.size_consistency_max_eV_atom),
      harmless: ENERGY,
      good: 'Energies of structures that do not touch add up, as those of a student do.',
      bad: 'The energy of a student is a sum over atoms and their surroundings: what does not add up cannot be learned.',
    },
    ...(cutoff === null ? [] : cutoffRules(summary)),
  ];
}

function cutoffRules(summary: TeacherAudit['summary']): Rule[] {
  const milli = (value: number | null): number | null => (value === null ? null : 1000 * value);
  return [
    {
      title: 'Energy at the cutoff',
      unit: 'meV',
      measured: milli(summary.cutoff_energy_jump_max_eV),
      harmless: 10 * ENERGY,
      good: 'The energy of a pair ends smoothly.',
      bad: 'The energy of a pair jumps: a student smooths this over, and is off by about half of it there.',
    },
    {
      title: 'Forces at the cutoff',
      unit: 'meV/Å',
      measured: milli(summary.cutoff_force_jump_max_eV_A),
      harmless: 2 * FORCE,
      good: 'The force between a pair ends smoothly.',
      bad: 'The force between a pair jumps: a student smooths this over, and is off by about half of it there.',
    },
  ];
}

function zeroFinding({ isolated_atoms: atoms }: TeacherAudit): Finding {
  const refused = atoms.filter(({ energy_eV }) => energy_eV === null);
  const names = refused.map(({ element }) => element).join(', ');
  return {
    title: 'Energy zero: elements with an energy',
    measured: atoms.length - refused.length,
    unit: `of ${String(atoms.length)}`,
    resolution: null,
    status: 'info',
    meaning:
      refused.length === 0
        ? 'Energies count from what single atoms have; a student keeps one constant per element for it.'
        : `No energy for a single atom of ${names}: a student fits its constants to the data.`,
  };
}

function conformanceFinding({ conformance }: TeacherAudit): Finding {
  const failed = conformance.filter(({ passed }) => !passed);
  const names = [...new Set(failed.map(({ check }) => check))].join(', ');
  const common = { title: 'Conformance suite: checks passed', resolution: null };
  const unit = `of ${String(conformance.length)}`;
  const measured = conformance.length === 0 ? null : conformance.length - failed.length;
  if (measured === null) return { ...common, measured, unit, status: 'info', meaning: 'Not run.' };
  return failed.length === 0
    ? {
        ...common,
        measured,
        unit,
        status: 'pass',
        meaning: 'It behaves as all code that uses potentials expects.',
      }
    : {
        ...common,
        measured,
        unit,
        status: 'warn',
        meaning: `Not as code that uses potentials expects: ${names}. See the table of checks.`,
      };
}
