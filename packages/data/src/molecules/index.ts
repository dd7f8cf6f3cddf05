export { bundledSmiles } from './bundledSmiles.ts';
export { checkHydrogens, type CheckHydrogensOptions } from './checkHydrogens.ts';
export type { ConformerOptions } from './conformers.ts';
export { ConformerError, MissingHydrogensError, SmilesError } from './errors.ts';
export { type MoleculeConformer, moleculesFromSmiles } from './fromSmiles.ts';
export { generateSmiles, type GenerateSmilesOptions } from './generateSmiles.ts';
export { type MolfileContent, type MolfileOptions, readMolfile } from './molfile.ts';
export { readSdf, type SdfRecord } from './sdf.ts';
