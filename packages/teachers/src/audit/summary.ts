import type { AuditSummary, TeacherAudit } from './report.ts';

/** The worst of each kind. */
export function summaryOf({
  structures,
  size_consistency: sizes,
  cutoffs,
}: Pick<TeacherAudit, 'structures' | 'size_consistency' | 'cutoffs'>): AuditSummary {
  return {
    net_force_max_eV_A: worst(structures.map((own) => own.net_force_eV_A)),
    torque_max_eV: worst(structures.flatMap((own) => own.torque_eV ?? [])),
    repeat_force_max_eV_A: worst(structures.map((own) => own.repeat_force_eV_A)),
    gradient_error_max_eV_A: worst(structures.map((own) => own.gradient_error_max_eV_A)),
    gradient_resolution_max_eV_A: worst(structures.map((own) => own.gradient_resolution_eV_A)),
    curl_rms_max_eV_A2: worst(structures.map((own) => own.curl_rms_eV_A2)),
    curl_resolution_max_eV_A2: worst(structures.map((own) => own.curl_resolution_eV_A2)),
    curl_part_max: worst(structures.map((own) => own.curl_part)),
    rotation_energy_max_eV_atom: worst(structures.map((own) => own.rotation_energy_spread_eV_atom)),
    rotation_force_max_eV_A: worst(structures.map((own) => own.rotation_force_max_eV_A)),
    size_consistency_max_eV_atom: worst(sizes.map((own) => own.energy_error_eV_atom)),
    cutoff_energy_jump_max_eV: worst(cutoffs.map((own) => own.energy_jump_eV)),
    cutoff_force_jump_max_eV_A: worst(cutoffs.map((own) => own.force_jump_eV_A)),
  };
}

const worst = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.max(...values);
