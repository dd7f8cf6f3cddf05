export { Dataset, type DatasetOptions } from './store/dataset.ts';
