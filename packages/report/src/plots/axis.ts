import { cleanText } from '../escape.ts';
import { groupThousands, superscript } from '../format.ts';

/** A quantitative axis as the caller describes it. */
export interface AxisSpec {
  /** What is shown, without its unit: `'Force MAE'`. */
  readonly label: string;
  /** Unit, shown in brackets: `'meV/Å'`; absent for counts and ratios. */
  readonly unit?: string;
  /** Default `linear`. Values that are not positive are left out of a logarithmic axis. */
  readonly scale?: 'linear' | 'log';
  /** Smallest and largest value shown; by default taken from the data. */
  readonly domain?: readonly [number, number];
}

/** One labelled position of an axis. */
interface Tick {
  readonly value: number;
  readonly label: string;
}

/** An axis ready to draw. */
export interface QuantitativeAxis {
  readonly kind: 'quantitative';
  readonly title: string;
  readonly scale: 'linear' | 'log';
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
}

/** An axis of categories, in the order given. */
export interface BandAxis {
  readonly kind: 'band';
  readonly title: string;
  readonly labels: readonly string[];
}

/** `label (unit)`, or the label alone. */
function axisTitle(spec: Pick<AxisSpec, 'label' | 'unit'>): string {
  const unit = spec.unit === undefined || spec.unit === '' ? '' : ` (${spec.unit})`;
  return cleanText(spec.label + unit);
}

/** Smallest and largest value that an axis can show; undefined where there is none. */
export function extentOf(
  lists: Iterable<ArrayLike<number>>,
  scale: 'linear' | 'log' = 'linear',
): [number, number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    const count = list.length;
    for (let k = 0; k < count; k += 1) {
      const value = list[k];
      if (!Number.isFinite(value) || (scale === 'log' && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : undefined;
}

/** How the domain is chosen where the caller gives none. */
export interface AxisChoice {
  /** Widen the domain to round numbers, default true. */
  readonly nice?: boolean;
  /** Keep zero inside a linear domain, default false. */
  readonly zero?: boolean;
  /** Wished number of ticks, default 5. */
  readonly ticks?: number;
}

/** An axis with domain and ticks for data between `extent[0]` and `extent[1]`. */
export function quantitativeAxis(
  spec: AxisSpec,
  extent: readonly [number, number] | undefined,
  choice: AxisChoice = {},
): QuantitativeAxis {
  const { nice = true, zero = false, ticks: count = 5 } = choice;
  const scale = spec.scale ?? 'linear';
  const title = axisTitle(spec);
  if (scale === 'log') {
    const domain = spec.domain ?? logDomain(extent ?? [1, 10], nice);
    return { kind: 'quantitative', title, scale, domain, ticks: logTicks(domain) };
  }
  let [low, high] = spec.domain ?? extent ?? [0, 1];
  if (spec.domain === undefined && zero) {
    low = Math.min(0, low);
    high = Math.max(0, high);
  }
  if (!(high > low)) {
    const half = Math.abs(low) * 0.05 || 0.5;
    low -= half;
    high += half;
  }
  let step = tickStep(high - low, count);
  if (spec.domain === undefined && nice) {
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
    step = tickStep(high - low, count);
  }
  const ticks = linearTicks(low, high, step);
  return { kind: 'quantitative', title, scale, domain: [low, high], ticks };
}

/** Step of 1, 2 or 5 times a power of ten that gives about `count` intervals. */
function tickStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const ratio = rough / power;
  return (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10) * power;
}

function linearTicks(low: number, high: number, step: number): Tick[] {
  const ticks: Tick[] = [];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const exponent = Math.floor(Math.log10(step) + 1e-9);
  const power = Math.floor(Math.log10(largest) + 1e-9);
  const scientific = largest < 1e-3 || largest >= 1e6;
  for (let k = first; k <= last; k += 1) {
    const value = Number((k * step).toPrecision(12));
    const label = scientific
      ? scientificLabel(value, power, Math.max(0, power - exponent))
      : plainLabel(value, Math.max(0, -exponent));
    ticks.push({ value, label });
  }
  return ticks;
}

function plainLabel(value: number, decimals: number): string {
  return (value < 0 ? '−' : '') + groupThousands(Math.abs(value).toFixed(decimals));
}

function scientificLabel(value: number, power: number, decimals: number): string {
  if (value === 0) return '0';
  const mantissa = (Math.abs(value) / 10 ** power).toFixed(decimals);
  return `${value < 0 ? '−' : ''}${mantissa}×10${superscript(power)}`;
}

function logDomain(extent: readonly [number, number], nice: boolean): [number, number] {
  let [low, high] = extent;
  if (!(high > low)) {
    low /= 2;
    high *= 2;
  }
  if (!nice) return [low, high];
  // Round outwards to 1, 2 or 5 of a decade, not to the decade: that would waste the height.
  const floor = [5, 2, 1]
    .map((digit) => digit * 10 ** Math.floor(Math.log10(low)))
    .find((value) => value <= low * (1 + 1e-9));
  const decade = 10 ** Math.floor(Math.log10(high));
  const ceiling = [1, 2, 5, 10]
    .map((digit) => digit * decade)
    .find((value) => value >= high * (1 - 1e-9));
  return [floor ?? low, ceiling ?? high];
}

function logTicks(domain: readonly [number, number]): Tick[] {
  const [low, high] = domain;
  const decades = Math.log10(high / low);
  const digits = decades < 1 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : decades < 3.2 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / 8));
  const ticks: Tick[] = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.ceil(Math.log10(high)); k += 1) {
    if (digits.length === 1 && k % stride !== 0) continue;
    for (const digit of digits) {
      const value = Number(`${digit}e${k}`);
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      ticks.push({ value, label: logLabel(value, digit, k) });
    }
  }
  return ticks;
}

function logLabel(value: number, digit: number, exponent: number): string {
  if (exponent >= -3 && exponent < 5) return plainLabel(value, Math.max(0, -exponent));
  return `${digit === 1 ? '' : `${digit}×`}10${superscript(exponent)}`;
}
