import {
  coveragePlot,
  type Fact,
  renderReport,
  type ReportFigure,
  type Section,
  sigmaErrorPlot,
} from '@mlffd/report';
import type { Coverage, CoverageFigures } from '@mlffd/train';
import { machine } from '../../pipeline/machine.ts';
import { versions } from '../../output/versions.ts';
import type { CalibrationFigures } from './figures.ts';

/** `uncertainty.html`: whether uncertainties are as large as errors, and follow them. */
export async function calibrationReport(
  figures: CalibrationFigures,
  found: Coverage,
): Promise<string> {
  const { test, source, heads } = figures;
  const { cpu, cores } = machine();
  return renderReport({
    kicker: 'MLFF Distiller',
    title: 'Uncertainty of a student',
    subtitle: `${String(heads)} read-out heads on one body, calibrated on the validation set and compared with the errors on ${String(test.structures)} structures that were used for neither.`,
    facts: facts(test.energy, test.forces),
    sections: [await calibrated(figures), await informative(found), method(figures)],
    data: figures,
    footer: [
      `structures of ${source.data}${source.split === null ? ', split by group' : `, split ${source.split}`}`,
      `${cpu}, ${String(cores)} cores, Node ${versions().node}`,
    ],
  });
}

const KINDS = [
  { key: 'energy', name: 'Energies', quantity: 'Energy', unit: 'eV' },
  { key: 'forces', name: 'Forces', quantity: 'Force', unit: 'eV/Å' },
] as const;

function facts(energy: CoverageFigures | null, forces: CoverageFigures | null): Fact[] {
  const of = (name: string, found: CoverageFigures | null): Fact[] =>
    found === null
      ? []
      : [
          {
            label: `${name}: error / uncertainty`,
            value: found.rmsZ,
            note: 'rms; 1 is calibrated',
          },
          { label: `${name}: rank correlation`, value: found.spearman, note: 'with the error' },
        ];
  return [...of('Energies', energy), ...of('Forces', forces)];
}

async function calibrated({ test }: CalibrationFigures): Promise<Section> {
  const series = KINDS.flatMap(({ key, name }) => {
    const { [key]: found } = test;
    if (found === null) return [];
    return [
      {
        name,
        expected: found.points.map(({ expected }) => expected),
        observed: found.points.map(({ observed }) => observed),
      },
    ];
  });
  const rows = KINDS.flatMap(({ key, name, unit }) => {
    const { [key]: found } = test;
    if (found === null) return [];
    const { count, rmsSigma, rmse, rmsZ, meanAbsZ, miscalibration, spearman } = found;
    return [[name, unit, count, rmsSigma, rmse, rmsZ, meanAbsZ, miscalibration, spearman]];
  });
  return {
    title: 'Calibration',
    status: test.warnings.length === 0 ? 'pass' : 'warn',
    text: 'On the diagonal, errors are within z standard deviations as often as normally distributed ones are. Below it uncertainties are too small, above it too large. Forces are compared component by component, with 1/√3 of the uncertainty of the atom.',
    figures: [
      {
        svg: await coveragePlot({ title: 'Coverage', series }),
        caption: 'Part of the errors within z uncertainties, z from 0 to 3.',
      },
    ],
    tables: [
      {
        caption: 'Uncertainties and errors',
        columns: [
          { label: 'Of' },
          { label: 'Unit' },
          { label: 'Values' },
          { label: 'Uncertainty, rms' },
          { label: 'Error, rms' },
          { label: 'z, rms' },
          { label: 'Mean abs(z)' },
          { label: 'Miscalibration' },
          { label: 'Rank correlation' },
        ],
        rows,
        note: 'z: error over uncertainty. Of normally distributed errors abs(z) is 0.80 on the mean. Miscalibration: mean distance from the diagonal.',
      },
    ],
    callouts: test.warnings.map(({ message }) => ({
      status: 'warn' as const,
      text: `${message}.`,
    })),
  };
}

async function informative({ samples }: Coverage): Promise<Section> {
  const figures: ReportFigure[] = [];
  for (const { key, name, quantity, unit } of KINDS) {
    const { [key]: found } = samples;
    if (found.error.length === 0) continue;
    const { sigma, error } = found;
    const of = key === 'energy' ? 'structure' : 'atom (lengths of vectors)';
    figures.push({
      svg: await sigmaErrorPlot({ title: name, quantity, unit, sigma, error }),
      caption: `Error against uncertainty, one point per ${of}; root mean square in bins of equal size.`,
    });
  }
  return {
    title: 'Errors against uncertainties',
    text: 'An uncertainty is of use where large ones go with large errors. Single errors scatter below it even when it is right, as an error is one draw from its distribution; their root mean square follows the diagonal.',
    figures,
  };
}

function method({ fit, heads, energyFactor, forceFactor }: CalibrationFigures): Section {
  return {
    title: 'Method',
    text: [
      'Heads are last layers drawn from the normal distribution that a linear regression on the training set leaves open; their spread is multiplied with one factor for energies and one for forces, with which the mean of z² is 1 on the validation set (Bigi, Chong, Ceriotti, Grasselli 2024; Kellner, Ceriotti 2024). Nothing was trained. It does not see what the body of the network itself does not see.',
    ],
    tables: [
      {
        caption: 'Fit',
        columns: [{ label: 'Setting' }, { label: 'Value' }],
        rows: [
          ['Heads', heads],
          ['Factor of energies', energyFactor],
          ['Factor of forces', forceFactor],
          ...Object.entries(fit).map(([key, value]) => [
            key,
            typeof value === 'number' ? value : JSON.stringify(value),
          ]),
        ],
      },
    ],
  };
}
