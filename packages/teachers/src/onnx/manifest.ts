import { FileFormatError, isAtomicNumber } from '@mlffd/core';
import { ManifestFields } from './manifestFields.ts';

const FORMAT = 'mlffd-potential';
const VERSION = 1;

const KEYS = [
  ...['format', 'version', 'name', 'about', 'license', 'citation', 'source', 'details'],
  ...['elements', 'cutoff', 'neighbors', 'tripleCutoff', 'pbc', 'dummyEdge', 'minimumEdges'],
  ...['energyUnit', 'lengthUnit', 'referenceEnergies', 'energyScale'],
  ...['forces', 'direct', 'stress', 'graphSha256', 'fileSha256'],
];

/** What is done to forces that a network gives directly. */
export interface DirectForces {
  /** The mean is subtracted. */
  readonly removeNetForce: boolean;
  /** The torque about the mean position is taken out where no axis is periodic (`open`). */
  readonly removeNetTorque: 'never' | 'open';
  /** Added to every component at last, eV/Angstrom: the mean of a normaliser of the training. */
  readonly offset: number;
}

/** How an exported potential wants to be asked, and what its answers mean. */
export interface PotentialManifest {
  /** e.g. `sevennet-0`. */
  readonly name: string;
  readonly about?: string;
  readonly license?: string;
  readonly citation?: string;
  /** Versions of the packages that it was exported from. */
  readonly source: Readonly<Record<string, string>>;
  /** Atomic numbers that it knows. */
  readonly elements: readonly number[];
  /** Longest edge, Angstrom. */
  readonly cutoff: number;
  /** How many neighbours each centre keeps, the nearest ones; undefined for all of them. */
  readonly nearest?: number;
  /** Longest edge of an angle, Angstrom. */
  readonly tripleCutoff?: number;
  /** Whether some axes may be periodic and others not. */
  readonly pbc: 'any' | 'all-or-none';
  /** Edges that the graph has at least; 0 where a dummy edge would not be harmless. */
  readonly minimumEdges: number;
  /** Of all that the graph takes and gives. */
  readonly energyUnit: 'eV' | 'Hartree';
  readonly lengthUnit: 'Angstrom' | 'Bohr';
  /** By atomic number, eV: energy of atom i = factor graph + perAtom + reference. */
  readonly referenceEnergies: Float64Array;
  readonly energyScale: {
    /** eV. */
    readonly perAtom: number;
    readonly factor: number;
  };
  /** Whether forces are the gradient of the energy, or an output of their own. */
  readonly forces: 'gradient' | 'direct';
  readonly stress: 'gradient' | 'direct' | 'none';
  /** Of models whose forces are direct. */
  readonly direct: DirectForces;
}

/**
 * @param where the file's name, for messages
 * @throws FileFormatError `onnx/version` for a file that is no potential or a newer one,
 * `onnx/manifest` for a value that is missing, unknown or of the wrong kind
 */
export function readManifest(
  metadata: ReadonlyMap<string, unknown>,
  where: string,
): PotentialManifest {
  checkVersion(metadata, where);
  const fields = new ManifestFields(metadata, where);
  fields.refuseOthers(KEYS);
  fields.text('fileSha256');
  const elements = fields.numbers('elements');
  if (!elements.every(isAtomicNumber)) throw fields.invalid('elements', 'atomic numbers');
  const forces = fields.oneOf('forces', ['gradient', 'direct']);
  return {
    name: fields.text('name'),
    ...optionalTexts(fields),
    source: fields.has('source') ? fields.texts('source') : {},
    elements: [...new Set(elements)].sort((a, b) => a - b),
    ...rangeOf(fields),
    pbc: fields.has('pbc') ? fields.oneOf('pbc', ['any', 'all-or-none']) : 'any',
    minimumEdges: minimumEdgesOf(fields),
    energyUnit: fields.oneOf('energyUnit', ['eV', 'Hartree']),
    lengthUnit: fields.oneOf('lengthUnit', ['Angstrom', 'Bohr']),
    referenceEnergies: referencesOf(fields, Math.max(...elements)),
    energyScale: scaleOf(fields),
    forces,
    stress: fields.oneOf('stress', ['gradient', 'direct', 'none']),
    direct: directOf(fields, forces),
  };
}

function checkVersion(metadata: ReadonlyMap<string, unknown>, where: string): void {
  const format = metadata.get('format');
  const version = metadata.get('version');
  if (format === FORMAT && version === VERSION) return;
  const found = `format ${String(format)}, version ${String(version)}`;
  throw new FileFormatError(
    'onnx/version',
    format === FORMAT
      ? `${where} is a potential of a version that this program does not know`
      : `${where} is not an exported potential`,
    {
      expected: `format "${FORMAT}", version ${VERSION}`,
      found,
      where,
      hint:
        format === FORMAT
          ? 'Update @mlffd/teachers, or export the potential with the exporters of this version.'
          : 'Export the potential with a script of tooling/python; a bare graph has no manifest.',
    },
  );
}

function optionalTexts(
  fields: ManifestFields,
): Pick<PotentialManifest, 'about' | 'license' | 'citation'> {
  const about = fields.optionalText('about');
  const license = fields.optionalText('license');
  const citation = fields.optionalText('citation');
  return {
    ...(about === undefined ? {} : { about }),
    ...(license === undefined ? {} : { license }),
    ...(citation === undefined ? {} : { citation }),
  };
}

function rangeOf(
  fields: ManifestFields,
): Pick<PotentialManifest, 'cutoff' | 'nearest' | 'tripleCutoff'> {
  const cutoff = fields.positive('cutoff');
  const neighbors = fields.object('neighbors');
  neighbors.refuseOthers(['kind', 'count']);
  const isNearest = neighbors.oneOf('kind', ['all', 'nearest']) === 'nearest';
  if (!isNearest && neighbors.has('count')) {
    throw neighbors.invalid('count', 'nothing, since all neighbours are kept');
  }
  const range = { cutoff, ...(isNearest ? { nearest: neighbors.count('count') } : {}) };
  if (!fields.has('tripleCutoff')) return range;
  const tripleCutoff = fields.positive('tripleCutoff');
  if (tripleCutoff <= cutoff) return { ...range, tripleCutoff };
  throw fields.invalid('tripleCutoff', `at most the cutoff, ${cutoff} Angstrom`);
}

function minimumEdgesOf(fields: ManifestFields): number {
  const isHarmless = fields.has('dummyEdge') && fields.flag('dummyEdge');
  if (!fields.has('minimumEdges')) return isHarmless ? 1 : 0;
  const count = fields.count('minimumEdges');
  if (isHarmless) return count;
  throw fields.invalid('minimumEdges', 'nothing, unless dummyEdge is true');
}

function referencesOf(fields: ManifestFields, heaviest: number): Float64Array {
  if (!fields.has('referenceEnergies')) return new Float64Array(heaviest + 1);
  const values = fields.numbers('referenceEnergies');
  if (values.length > heaviest) return Float64Array.from(values);
  throw fields.invalid('referenceEnergies', `${heaviest + 1} values or more, by atomic number`);
}

function scaleOf(fields: ManifestFields): PotentialManifest['energyScale'] {
  if (!fields.has('energyScale')) return { perAtom: 0, factor: 1 };
  const scale = fields.object('energyScale');
  scale.refuseOthers(['perAtom', 'factor']);
  return {
    perAtom: scale.has('perAtom') ? scale.number('perAtom') : 0,
    factor: scale.has('factor') ? scale.number('factor') : 1,
  };
}

function directOf(fields: ManifestFields, forces: PotentialManifest['forces']): DirectForces {
  if (forces === 'gradient') {
    if (!fields.has('direct')) {
      return { removeNetForce: false, removeNetTorque: 'never', offset: 0 };
    }
    throw fields.invalid('direct', 'nothing, since the forces are a gradient');
  }
  const direct = fields.object('direct');
  direct.refuseOthers(['removeNetForce', 'removeNetTorque', 'offset']);
  return {
    removeNetForce: direct.flag('removeNetForce'),
    removeNetTorque: direct.oneOf('removeNetTorque', ['never', 'open']),
    offset: direct.has('offset') ? direct.number('offset') : 0,
  };
}
