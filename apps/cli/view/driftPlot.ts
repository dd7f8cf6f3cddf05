/** Most points that are kept; then two become one. */
const MOST_POINTS = 200;
const MARGIN = { left: 52, right: 6, top: 8, bottom: 20 };
/** The vertical axis spans at least this, meV/atom: noise of a perfect run should look flat. */
const LEAST_SPAN = 0.2;

interface Point {
  /** ps. */
  readonly time: number;
  /** meV/atom. */
  readonly drift: number;
}

/** The energy drift of the run so far, as a line. */
export class DriftPlot {
  readonly #canvas: HTMLCanvasElement;
  #points: Point[] = [];
  /** Samples that a point is the mean of. */
  #stride = 1;
  #sum = 0;
  #summed = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.draw();
    });
    new ResizeObserver(() => {
      this.draw();
    }).observe(canvas);
  }

  clear(): void {
    this.#points = [];
    this.#stride = 1;
    this.#sum = 0;
    this.#summed = 0;
    this.draw();
  }

  add({ time, drift }: Point): void {
    this.#sum += drift;
    this.#summed++;
    if (this.#summed < this.#stride) return;
    this.#points.push({ time, drift: this.#sum / this.#summed });
    this.#sum = 0;
    this.#summed = 0;
    if (this.#points.length < MOST_POINTS) return;
    const points = this.#points;
    this.#points = [];
    for (let k = 0; k + 1 < points.length; k += 2) {
      const { time: end, drift: second } = points[k + 1];
      this.#points.push({ time: end, drift: (points[k].drift + second) / 2 });
    }
    this.#stride *= 2;
  }

  draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = globalThis.devicePixelRatio;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.scale(scale, scale);
    const style = getComputedStyle(this.#canvas);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const points = this.#points;
    const drifts = points.map(({ drift }) => drift);
    const middle = (Math.min(0, ...drifts) + Math.max(0, ...drifts)) / 2;
    const half = Math.max(LEAST_SPAN, Math.max(0, ...drifts) - Math.min(0, ...drifts)) * 0.55;
    const end = Math.max(points.at(-1)?.time ?? 0, 1e-3);
    const inner = {
      width: width - MARGIN.left - MARGIN.right,
      height: height - MARGIN.top - MARGIN.bottom,
    };
    const x = (time: number): number => MARGIN.left + (inner.width * time) / end;
    const y = (drift: number): number =>
      MARGIN.top + inner.height * (0.5 - (drift - middle) / (2 * half));

    context.font = '11px system-ui, sans-serif';
    context.strokeStyle = color('--line');
    context.fillStyle = color('--soft');
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const value of [middle + 0.9 * half, middle - 0.9 * half, 0]) {
      const crowded = value !== 0 && Math.abs(y(value) - y(0)) < 12;
      if (crowded) continue;
      line(context, [MARGIN.left, y(value), width - MARGIN.right, y(value)]);
      context.fillText(short(value), MARGIN.left - 6, y(value));
    }
    context.textBaseline = 'alphabetic';
    if (points.length > 0) context.fillText(`${short(end)} ps`, width - MARGIN.right, height - 5);
    context.textAlign = 'left';
    context.fillText('0', MARGIN.left, height - 5);

    context.strokeStyle = color('--accent');
    context.lineWidth = 1.5;
    context.beginPath();
    for (const { time, drift } of points) context.lineTo(x(time), y(drift));
    context.stroke();
  }
}

function line(context: CanvasRenderingContext2D, ends: readonly number[]): void {
  context.beginPath();
  context.moveTo(ends[0], ends[1]);
  context.lineTo(ends[2], ends[3]);
  context.stroke();
}

function short(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 1e4 || Math.abs(value) < 1e-3
    ? value.toExponential(0)
    : String(Number(value.toPrecision(2)));
}
