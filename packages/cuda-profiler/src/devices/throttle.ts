/** What may hold the clocks of a GPU down, in the order of NVML's bits (nvml.h, nvmlClocksEventReasons). */
const REASONS = [
  'idle',
  'application-clocks',
  'software-power-cap',
  'hardware-slowdown',
  'sync-boost',
  'software-thermal',
  'hardware-thermal',
  'hardware-power-brake',
  'display-clocks',
] as const;

/** Bits that are newer than this list are kept as `bit-9`. */
export type ThrottleReason = (typeof REASONS)[number] | `bit-${number}`;

/** Reasons that make a measurement slower than the device could be; the others are idleness or settings. */
const SLOWING: ReadonlySet<string> = new Set([
  'software-power-cap',
  'hardware-slowdown',
  'software-thermal',
  'hardware-thermal',
  'hardware-power-brake',
]);

/** Reasons of a mask of NVML or of `clocks_event_reasons.active`. */
export function decodeThrottle(mask: bigint): ThrottleReason[] {
  const reasons: ThrottleReason[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if (((mask >> BigInt(bit)) & 1n) === 0n) continue;
    reasons.push(bit < REASONS.length ? REASONS[bit] : `bit-${bit}`);
  }
  return reasons;
}

/** Whether heat or power slows a device down: times taken now are not those of the device. */
export function isThrottled(reasons: readonly ThrottleReason[]): boolean {
  return reasons.some((reason) => SLOWING.has(reason));
}
