/** Every header is this long: ASCII capitals, filled up with spaces. */
export const HEADER_BYTES = 12;

const INTEGER = 4;

/** A header such as `STATUS`. */
export function header(name: string): Buffer {
  return Buffer.from(name.padEnd(HEADER_BYTES), 'latin1');
}

/** The name in a header; some programs fill up with zero bytes. */
export function headerName(bytes: Buffer, start = 0): string {
  return bytes.toString('latin1', start, start + HEADER_BYTES).replace(/[\0 ]+$/, '');
}

/** INIT: index of the bead and a text for the driver, of at least one byte. */
export function initMessage(index: number, text: string): Buffer {
  // Reading nothing looks like the end of a connection to some drivers; ASE sends a zero byte.
  const body = Buffer.from(text === '' ? '\0' : text, 'utf8');
  const counts = Buffer.alloc(2 * INTEGER);
  counts.writeInt32LE(index, 0);
  counts.writeInt32LE(body.length, INTEGER);
  return Buffer.concat([header('INIT'), counts, body]);
}
