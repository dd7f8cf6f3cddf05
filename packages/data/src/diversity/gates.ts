import { duplicateShare } from './coverage.ts';
import type { GateCriterion, GateOutcome } from './diversityReport.ts';
import type { DiversityFacts } from './facts.ts';
import { ENOUGH } from './goals.ts';
import type { DiversityGate } from './goals.ts';

/** Whether a dataset passes a gate, and what decides. */
export function judgeGate(
  gate: DiversityGate,
  facts: DiversityFacts,
  { coverage, rarest }: { readonly coverage: number; readonly rarest: number },
): GateOutcome {
  const criteria = [
    atLeast('Labelled structures', facts.labelled.complete, Math.ceil(ENOUGH * gate.structures)),
    percentage(atLeast('Labelled', facts.labelled.complete / facts.attempted, gate.labelled)),
    atMost('Errors of the audit', facts.audit.errors, gate.auditErrors),
    atLeast('Coverage score', coverage, gate.coverage),
    percentage(atMost('Copies', duplicateShare(facts), gate.duplicates)),
    atLeast('Structures of the rarest element', rarest, gate.rarest),
    atLeast('Independent groups', facts.groups.count, gate.groups),
  ];
  return {
    name: gate.name,
    structures: gate.structures,
    go: criteria.every(({ holds }) => holds),
    criteria,
  };
}

function atLeast(name: string, measured: number, goal: number): GateCriterion {
  return { name, measured, relation: '>=', goal, unit: '', holds: measured >= goal };
}

function atMost(name: string, measured: number, goal: number): GateCriterion {
  return { name, measured, relation: '<=', goal, unit: '', holds: measured <= goal };
}

function percentage(criterion: GateCriterion): GateCriterion {
  const { measured, goal } = criterion;
  return { ...criterion, measured: 100 * measured, goal: 100 * goal, unit: '%' };
}
