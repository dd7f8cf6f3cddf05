import type { LabelProperty, PrototypeName } from '@mlffd/data';
import type { TeacherSpec } from '@mlffd/teachers';

/** Molecules from SMILES, with conformers. */
interface MoleculesConfig {
  /** How many of the bundled list. */
  readonly count?: number | undefined;
  /** How many of the bundled list to leave out first. */
  readonly skip: number;
  readonly smiles?: readonly string[] | undefined;
  /** One SMILES a line, relative to the recipe. */
  readonly file?: string | undefined;
  /** Largest number of conformers of one molecule. */
  readonly conformers: number;
}

/** One thing that is made of every plain crystal. */
export type VariantConfig =
  | { readonly supercell: readonly [number, number, number] }
  | { readonly vacancies: number }
  | {
      readonly substitute: {
        readonly from: string;
        readonly to: string;
        readonly fraction: number;
      };
    }
  | {
      readonly slab: {
        readonly miller: readonly [number, number, number];
        readonly layers: number;
        /** Angstrom. */
        readonly vacuum: number;
      };
    }
  | {
      readonly cluster: {
        /** Angstrom. */
        readonly radius: number;
      };
    };

/** Crystals of prototypes with all combinations of elements. */
export interface CrystalsConfig {
  readonly prototypes: readonly PrototypeName[];
  /** Symbols for each position of the prototypes. */
  readonly elements: readonly (readonly string[])[];
  /** Linear strains of the estimated lattice constants. */
  readonly strains?: readonly number[] | undefined;
  readonly repeat?: readonly [number, number, number] | undefined;
  readonly variants: readonly VariantConfig[];
  /** Larger ones are left out. */
  readonly maxAtoms: number;
}

/** A periodic box of molecules. */
export interface BoxConfig {
  /** Number of copies by SMILES. */
  readonly molecules: Readonly<Record<string, number>>;
  /** g/cm^3. */
  readonly density: number;
  readonly count: number;
}

/** Pairs of atoms in a vacuum, from close contact to a distance. */
export interface DimersConfig {
  readonly elements: readonly string[];
  /** Angstrom. */
  readonly to: number;
  /** Distances of each pair. */
  readonly count: number;
}

/** What is made from every structure of a source. */
export interface SamplingConfig {
  readonly rattle?:
    | {
        readonly count: number;
        /** Angstrom, a number or log-uniform between two. */
        readonly displacement: number | readonly [number, number];
        readonly strain: number;
      }
    | undefined;
  readonly dynamics?:
    | {
        /** K. */
        readonly temperatures: readonly number[];
        readonly trajectories: number;
        readonly frames: number;
        readonly stride: number;
        readonly equilibration: number;
        /** fs. */
        readonly timestep: number;
        /** 1/fs. */
        readonly friction: number;
      }
    | undefined;
  /** Thermal displacements along the normal modes of the relaxed structure. */
  readonly modes?:
    | {
        /** K. */
        readonly temperatures: readonly number[];
        readonly count: number;
        readonly statistics: 'classical' | 'quantum';
      }
    | undefined;
  /** Rattle-and-relax trees. */
  readonly tree?:
    | {
        readonly children: number;
        /** K. */
        readonly temperature: number;
        /** Angstrom. */
        readonly sigma: readonly [number, number];
        readonly strain: number;
      }
    | undefined;
  /** Relaxations, with frames on the way down. */
  readonly minima?: Readonly<Record<string, never>> | undefined;
  /** Ways over saddle points along the softest modes. */
  readonly saddles?: { readonly modes: number } | undefined;
  /** Bonds, angles and torsions, one at a time; values of each. */
  readonly scans?:
    | {
        readonly bonds?: number | undefined;
        readonly angles?: number | undefined;
        readonly torsions?: number | undefined;
      }
    | undefined;
}

/** A family of structures with the ways of sampling around them; exactly one origin is given. */
export interface SourceConfig extends SamplingConfig {
  readonly name: string;
  readonly molecules?: MoleculesConfig | undefined;
  readonly crystals?: CrystalsConfig | undefined;
  readonly boxes?: BoxConfig | undefined;
  readonly dimers?: DimersConfig | undefined;
  /** Files of structures, relative to the recipe. */
  readonly files?: readonly string[] | undefined;
}

/** Everything that `mlffd data build` needs to know; see `recipeSchema` for defaults and bounds. */
export interface Recipe {
  readonly name: string;
  readonly seed: number;
  readonly teacher: TeacherSpec;
  readonly properties?: readonly LabelProperty[] | undefined;
  readonly sources: readonly SourceConfig[];
  readonly labelling: {
    /** Copies of the teacher that work side by side; the result does not depend on it. */
    readonly workers: number;
    /** Seconds for one structure. */
    readonly timeout: number;
    readonly retries: number;
    /** Smallest share of structures that must be labelled. */
    readonly minSuccess: number;
  };
}
