// The i-PI socket protocol as both ends speak it: the server that asks and the driver that answers.
export {
  addressText,
  type IpiAddress,
  ipiAddress,
  type IpiAddressInput,
  type IpiAddressUse,
  UNIX_PREFIX,
} from './address.ts';
export {
  AnswerMessage,
  energiesBytes,
  forcesBytes,
  readAnswer,
  readAtomCount,
  type WireAnswer,
} from './answers.ts';
export { ByteReader } from './byteReader.ts';
export { header, HEADER_BYTES, headerName, initMessage } from './headers.ts';
export {
  batchMessage,
  CELL_BYTES,
  positionsMessage,
  pseudoInverse,
  readCell,
  readPositions,
  VECTOR_BYTES,
  type WireStructure,
} from './positions.ts';
