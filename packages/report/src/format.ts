/** How a number is written; the defaults suit tables and axis labels. */
export interface NumberFormat {
  /** Significant digits, default 3. Digits before the decimal point are never rounded away. */
  readonly significant?: number;
  /** Digits after the decimal point; overrides `significant`. */
  readonly decimals?: number;
  /** Separate thousands by a comma, default true. */
  readonly thousands?: boolean;
  /** Plain ASCII (`-1.2e-5`) in place of typographic signs (`−1.2×10⁻⁵`), default false. */
  readonly ascii?: boolean;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

/** An integer as superscript digits: `-3` gives `⁻³`. */
export function superscript(exponent: number): string {
  return String(exponent).replace(/[-\d]/g, (digit) => SUPERSCRIPTS[digit]);
}

// Outside this range a number is written with a power of ten.
const PLAIN_MIN = 1e-3;
const PLAIN_MAX = 1e7;

/**
 * A number as text: significant digits, thousands separated, powers of ten for the very small and
 * the very large. Integers below 10⁷ are written out. `NaN` and infinities stay visible.
 */
export function formatNumber(value: number, format: NumberFormat = {}): string {
  const { significant = 3, decimals, thousands = true, ascii = false } = format;
  if (Number.isNaN(value)) return 'NaN';
  const size = Math.abs(value);
  const minus = ascii ? '-' : '−';
  if (size === Infinity) return (value < 0 ? minus : '') + (ascii ? 'Infinity' : '∞');
  const plain = plainText(size, significant, decimals);
  if (plain === undefined) {
    const [mantissa = '', exponent = '0'] = size
      .toExponential(decimals ?? Math.max(0, significant - 1))
      .split('e');
    const power = Number(exponent);
    const text = ascii ? `${mantissa}e${power}` : `${mantissa}×10${superscript(power)}`;
    return (value < 0 ? minus : '') + text;
  }
  const text = thousands ? groupThousands(plain) : plain;
  // A number that rounds to zero carries no sign.
  return value < 0 && /[1-9]/.test(text) ? minus + text : text;
}

/** Commas between the thousands of an unsigned decimal number, none after its point. */
export function groupThousands(digits: string): string {
  const point = digits.indexOf('.');
  const whole = point < 0 ? digits : digits.slice(0, point);
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + digits.slice(whole.length);
}

function plainText(
  size: number,
  significant: number,
  decimals: number | undefined,
): string | undefined {
  if (decimals !== undefined) return size < PLAIN_MAX ? size.toFixed(decimals) : undefined;
  if (size === 0) return '0';
  if (size < PLAIN_MIN || size >= PLAIN_MAX) return undefined;
  if (Number.isInteger(size)) return String(size);
  // Rounded first: 0.9996 has its first digit in another place afterwards.
  const rounded = Number(size.toPrecision(significant));
  const digits = significant - 1 - Math.floor(Math.log10(rounded));
  return size.toFixed(Math.min(20, Math.max(0, digits)));
}

/** A value with its uncertainty at the same number of decimals: `1.23 ± 0.04`. */
export function formatUncertainty(
  value: number,
  uncertainty: number,
  format: Pick<NumberFormat, 'ascii'> = {},
): string {
  const sign = format.ascii === true ? '+/-' : '±';
  if (!Number.isFinite(uncertainty) || uncertainty <= 0 || !Number.isFinite(value)) {
    return `${formatNumber(value, format)} ${sign} ${formatNumber(uncertainty, format)}`;
  }
  const leading = uncertainty.toExponential(1);
  const exponent = Number(leading.split('e')[1]);
  // Two digits of the uncertainty where it begins with 1 (0.014), else one (0.04).
  const digits = Math.max(0, (leading.startsWith('1') ? 1 : 0) - exponent);
  if (Math.abs(value) >= PLAIN_MAX || digits > 8) {
    return `${formatNumber(value, format)} ${sign} ${formatNumber(uncertainty, { ...format, significant: 2 })}`;
  }
  const fixed = { ...format, decimals: digits };
  return `${formatNumber(value, fixed)} ${sign} ${formatNumber(uncertainty, fixed)}`;
}

/** A fraction as per cent: `0.9512` gives `95.1 %`. */
export function formatPercent(fraction: number, format: NumberFormat = {}): string {
  return `${formatNumber(fraction * 100, format)} %`;
}

const SMALL_TIMES: readonly (readonly [number, string])[] = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
];

/** A duration in seconds as people say it: `42 µs`, `1.50 s`, `2 min 05 s`, `3 h 12 min`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatNumber(seconds);
  if (seconds < 0) return `−${formatDuration(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 59.95) {
    const [unit, symbol] = SMALL_TIMES.find(([size]) => seconds >= size * 0.9995) ?? [1e-9, 'ns'];
    return `${formatNumber(seconds / unit)} ${symbol}`;
  }
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.round(seconds / 3600);
  return `${formatNumber(Math.floor(hours / 24))} d ${hours % 24} h`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size in bytes with decimal units: `1.23 MB` is 1,230,000 bytes. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return formatNumber(bytes);
  let size = Math.abs(bytes);
  let unit = 0;
  // 999.6 kB would be shown as 1,000 kB with three digits.
  while (size >= 999.5 && unit < BYTE_UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${formatNumber(bytes < 0 ? -size : size)} ${BYTE_UNITS[unit] ?? 'B'}`;
}
