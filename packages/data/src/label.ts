// What the rest of the package needs to know of labelling.
export type { LabelOptions, StructureUnit } from './label/labelOptions.ts';
export { labelStructures } from './label/labelStructures.ts';
