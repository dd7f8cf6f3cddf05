import { formatBytes, markdownTable } from '@mlffd/report';
import { inspectStudent, loadStudent, type StudentReport } from '@mlffd/student';
import type { CommandIo } from '../terminal/io.ts';
import { positive } from './numbers.ts';

/** `mlffd inspect`: parameters by block, arithmetic and memory of a student. */
export function inspectCommand(
  folder: string,
  options: { readonly atoms: string; readonly neighbors: string; readonly json?: boolean },
  io: CommandIo,
): void {
  const atoms = positive(options.atoms, '--atoms');
  const edges = Math.round(atoms * positive(options.neighbors, '--neighbors'));
  const student = loadStudent(folder);
  const inspection = inspectStudent(student, { atoms, edges });
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify(inspection, null, 2)}\n`);
    return;
  }
  io.stdout.write(inspectionText(inspection));
}

function inspectionText(inspection: StudentReport): string {
  const { config, size, blocks, memory } = inspection;
  const table = markdownTable({
    columns: [{ label: 'block' }, { label: 'parameters' }, { label: 'Mflop per call' }],
    rows: [
      ...blocks.map(({ name, parameters, flops }) => [name, parameters, flops / 1e6]),
      ['total', inspection.parameters, inspection.flops / 1e6],
    ],
  });
  const basis = `${String(config.radialBasis.count)} ${config.radialBasis.type} functions`;
  return [
    `PaiNN, ${String(config.features)} features, ${String(config.interactions)} interactions, ${basis}`,
    ...(config.normSoftening === undefined
      ? []
      : [`lengths of vector features softened by ${String(config.normSoftening)}`]),
    `elements ${inspection.elements.join(', ')}; cutoff ${String(config.cutoff)} Angstrom (${config.cutoffFunction})`,
    '',
    table,
    '',
    `energy and forces of ${String(size.atoms)} atoms with ${String(size.edges)} edges`,
    `memory: weights ${formatBytes(memory.weights)}, intermediate values of a call ${formatBytes(memory.call)}`,
    '',
  ].join('\n');
}
