export { checkHdf5Header, messageOf } from './store/hdf5Header.ts';
