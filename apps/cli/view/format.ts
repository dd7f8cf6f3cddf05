const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `12,345`, and a decimal below ten. */
export function rateText(perSecond: number): string {
  if (perSecond <= 0) return '–';
  return perSecond < 10 ? perSecond.toFixed(1) : NUMBER.format(perSecond);
}

/** `0.52`, `7.4`, `120`. */
export function paceText(nsPerDay: number): string {
  if (nsPerDay <= 0) return '–';
  return nsPerDay < 100 ? nsPerDay.toPrecision(2) : NUMBER.format(nsPerDay);
}

export function countText(count: number): string {
  return NUMBER.format(count);
}

/** `250 fs`, `12.35 ps`, `1.234 ns` of a time in fs. */
export function timeText(time: number): string {
  if (time < 1000) return `${time.toFixed(0)} fs`;
  return time < 1e6 ? `${(time / 1000).toFixed(2)} ps` : `${(time / 1e6).toFixed(3)} ns`;
}

/** With a sign, and more digits where it is small; of a drift in meV/atom. */
export function driftText(drift: number): string {
  const size = Math.abs(drift);
  const text = size >= 100 ? size.toFixed(0) : size >= 1 ? size.toFixed(2) : size.toFixed(3);
  return `${drift < 0 ? '−' : '+'}${text}`;
}
