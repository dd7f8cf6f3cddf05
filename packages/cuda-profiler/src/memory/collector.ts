/** Bytes of a buffer that makes the collector run; never written to, so that no memory stands behind it. */
const BALLAST = 2 ** 26;
/** Buffers before a sample: one alone often only starts a collection. */
const BUFFERS = 2;

/**
 * What makes the garbage collector run before a sample. `forced`: `gc()`, which is there with
 * `node --expose-gc`; `provoked`: large buffers that are dropped at once, after which V8 collects by itself,
 * mostly but not always in time.
 */
export type Collection = 'forced' | 'provoked';

export interface Collector {
  readonly kind: Collection;
  /** Bytes of each buffer that it may have left; 0 where it leaves none. */
  readonly ballast: number;
  collect(): void;
}

/** The best collector that this process has. */
export function collectorOf(): Collector {
  const { gc } = globalThis;
  if (gc === undefined) return { kind: 'provoked', ballast: BALLAST, collect: provoke };
  return {
    kind: 'forced',
    ballast: 0,
    collect: () => {
      gc();
    },
  };
}

function provoke(): void {
  for (let k = 0; k < BUFFERS; k++) void new ArrayBuffer(BALLAST).byteLength;
}
