const BLOCK = 64;
/** Fractions of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2). */
const ROUNDS = primeRoots(64, 1 / 3);
/** Fractions of the square roots of the first 8 primes (section 5.3.3). */
const START = primeRoots(8, 1 / 2);

/**
 * SHA-256 (FIPS 180-4) of bytes, or of a text as UTF-8, in lower-case hexadecimal.
 *
 * For browsers, whose own hash answers later and is missing on pages that come over plain HTTP.
 */
export function sha256(data: string | Uint8Array): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const state = START.slice();
  const words = new Uint32Array(64);
  const whole = bytes.length - (bytes.length % BLOCK);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += BLOCK) absorb(state, words, { view, at });
  const rest = padded(bytes.subarray(whole), bytes.length);
  for (let at = 0; at < rest.byteLength; at += BLOCK) absorb(state, words, { view: rest, at });
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** The last bytes, a one bit, zeros, and the length of the whole in bits. */
function padded(rest: Uint8Array, length: number): DataView {
  const bytes = new Uint8Array(rest.length + 9 > BLOCK ? 2 * BLOCK : BLOCK);
  bytes.set(rest);
  bytes[rest.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, 8n * BigInt(length));
  return view;
}

function absorb(state: Uint32Array, w: Uint32Array, block: { view: DataView; at: number }): void {
  for (let t = 0; t < 16; t++) w[t] = block.view.getUint32(block.at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15];
    const y = w[t - 2];
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t] + w[t]) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}

/** First 32 bits of the fractions of a root of the first primes. */
function primeRoots(count: number, power: number): Uint32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return Uint32Array.from(primes, (p) => Math.floor((p ** power % 1) * 2 ** 32));
}
