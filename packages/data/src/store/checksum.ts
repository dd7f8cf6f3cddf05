import { crc32 } from 'node:zlib';

/** CRC-32 of positions, then forces where known, as a store keeps it for every structure. */
export function structureChecksum(
  positions: Float64Array,
  forces: Float64Array | undefined,
): number {
  const start = crc32(positions);
  return forces === undefined ? start : crc32(forces, start);
}
