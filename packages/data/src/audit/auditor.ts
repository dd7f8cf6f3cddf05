import { isAtomicNumber, symbolOf } from '@mlffd/core';
import { SignatureIndex } from '../split/signatureIndex.ts';
import type { Split } from '../split/split.ts';
import type { LabelledStructure } from '../structure.ts';
import { cells } from './checks/cells.ts';
import { closeContacts } from './checks/closeContacts.ts';
import { compositionRank } from './checks/compositionRank.ts';
import { detachedAtoms } from './checks/detachedAtoms.ts';
import { duplicates } from './checks/duplicates.ts';
import { electrons } from './checks/electrons.ts';
import { energyForces } from './checks/energyForces.ts';
import { energyOutliers } from './checks/energyOutliers.ts';
import { energyUnits } from './checks/energyUnits.ts';
import { energyZero } from './checks/energyZero.ts';
import { forceOutliers } from './checks/forceOutliers.ts';
import { groups } from './checks/groups.ts';
import { leakage } from './checks/leakage.ts';
import { missingHydrogens } from './checks/missingHydrogens.ts';
import { missingLabels } from './checks/missingLabels.ts';
import { nearDuplicates } from './checks/nearDuplicates.ts';
import { netForces } from './checks/netForces.ts';
import { netTorque } from './checks/netTorque.ts';
import { nonFinite } from './checks/nonFinite.ts';
import { rareElements } from './checks/rareElements.ts';
import { stressConsistency } from './checks/stress.ts';
import { thermalForces } from './checks/thermalForces.ts';
import { vacuum } from './checks/vacuum.ts';
import { zeroLabels } from './checks/zeroLabels.ts';
import { EnergyTable } from './energyTable.ts';
import type { AuditCheck, Severity } from './finding.ts';
import { SEVERITIES } from './report.ts';
import type { AuditReport } from './report.ts';
import { AuditSample } from './sample.ts';
import { SourceTable } from './sourceTable.ts';
import { WorkTable } from './workTable.ts';

/** Options of an audit. */
export interface AuditOptions {
  /** Smallest distance, as a fraction of the sum of the covalent radii; default 0.5. */
  readonly minDistance?: number;
  /** A force above this many times the median of the largest forces is an outlier; default 20. */
  readonly forceFactor?: number;
  /** A force above this is an outlier whatever the others are, eV/Angstrom; default 50. */
  readonly maxForce?: number;
  /** An energy this many standard deviations from what the composition explains; default 30. */
  readonly energyFactor?: number;
  /** A net force per atom above this is reported, eV/Angstrom; default 0.01. */
  readonly netForce?: number;
  /** A torque per atom above this is reported, eV; default 0.02. */
  readonly netTorque?: number;
  /**
   * Root mean square displacement that makes near duplicates, Angstrom; default 0.0005, which is the
   * rounding of files with three digits.
   */
  readonly tolerance?: number;
  /** A split of the same structures, to look for leaks. */
  readonly split?: Split;
}

/**
 * Looks at labelled structures one by one for what spoils a training before it begins. Memory is
 * some hundred bytes a structure.
 */
export class Auditor {
  readonly #table = new SourceTable();
  readonly #energies = new EnergyTable();
  readonly #work = new WorkTable(this.#table);
  readonly #signatures = new SignatureIndex();
  readonly #checks: readonly AuditCheck[];
  readonly #tolerance: number;
  readonly #elements = new Set<number>();
  #atoms = 0;

  constructor(options: AuditOptions = {}) {
    this.#tolerance = options.tolerance ?? 5e-4;
    this.#checks = this.#makeChecks(options);
  }

  /** Number of structures seen. */
  get structures(): number {
    return this.#table.length;
  }

  /** Looks at the next structure. */
  see(structure: LabelledStructure): void {
    const sample = new AuditSample(this.#table.length, structure, this.#tolerance);
    this.#table.push(structure.meta.source);
    this.#atoms += structure.atoms.numbers.length;
    for (const z of structure.atoms.numbers) this.#elements.add(z);
    this.#energies.see(sample);
    this.#work.see(sample);
    if (sample.signature !== undefined) this.#signatures.add(sample.index, sample.signature);
    for (const check of this.#checks) check.see?.(sample);
  }

  /** What was found in all structures seen; to be asked once, at the end. */
  report(): AuditReport {
    const findings = this.#checks
      .flatMap((check) => check.findings())
      .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    const count = (wanted: Severity) =>
      findings.filter(({ severity }) => severity === wanted).length;
    const counts = { error: count('error'), warning: count('warning'), info: count('info') };
    return {
      structures: this.#table.length,
      atoms: this.#atoms,
      elements: [...this.#elements]
        .sort((a, b) => a - b)
        .map((z) => (isAtomicNumber(z) ? symbolOf(z) : String(z))),
      findings,
      counts,
      go: counts.error === 0,
    };
  }

  #makeChecks(options: AuditOptions): AuditCheck[] {
    const table = this.#table;
    const energies = this.#energies;
    const { forceFactor = 20, maxForce = 50, energyFactor = 30, split } = options;
    return [
      nonFinite(table),
      missingLabels(table),
      zeroLabels(table),
      energyUnits(table),
      energyZero(table, energies),
      energyForces(this.#work),
      thermalForces(table),
      stressConsistency(this.#work),
      cells(table),
      missingHydrogens(table),
      electrons(table),
      duplicates(table),
      nearDuplicates(table, this.#signatures, this.#tolerance),
      energyOutliers(table, energies, energyFactor),
      forceOutliers(table, { factor: forceFactor, cap: maxForce }),
      closeContacts(table, options.minDistance ?? 0.5),
      detachedAtoms(table),
      vacuum(table),
      compositionRank(),
      rareElements(table),
      groups(table),
      ...(split === undefined ? [] : [leakage(table, this.#signatures, split)]),
      netForces(table, options.netForce ?? 0.01),
      netTorque(table, options.netTorque ?? 0.02),
    ];
  }
}
