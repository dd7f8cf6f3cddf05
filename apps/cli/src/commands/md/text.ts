import { formatNumber } from '@mlffd/report';
import type { Motion } from './motion.ts';
import { inBar, type Mean, type MdSummary } from './summary.ts';

/** `NVT at 300 K, bussi (100 fs); steps of 0.5 fs`. */
export function motionText(motion: Motion, substeps: number | undefined): string {
  const { ensemble, temperature, thermostat, timeConstant, friction, timestep } = motion;
  const { barostat, pressure, pressureTimeConstant } = motion;
  const parts = [
    temperature === undefined
      ? ensemble.toUpperCase()
      : `${ensemble.toUpperCase()} ${ensemble === 'nve' ? 'from' : 'at'} ${number(temperature)} K`,
  ];
  if (pressure !== undefined) parts[0] += ` and ${number(inBar(pressure))} bar`;
  if (barostat !== undefined) {
    parts.push(`${barostat} (${number(pressureTimeConstant ?? NaN)} fs)`);
  }
  if (timeConstant !== undefined) {
    parts.push(`${String(thermostat)} (${number(timeConstant)} fs)`);
  }
  if (friction !== undefined) parts.push(`${String(thermostat)} (${number(friction)}/fs)`);
  const length = `steps of ${number(timestep)} fs`;
  if (substeps === undefined) return `${parts.join(', ')}; ${length}`;
  return `${parts.join(', ')}; ${length}, the teacher after each ${String(substeps)}`;
}

/** What the terminal shows at the end. */
export function summaryText(summary: MdSummary): string[] {
  const { temperature, drift, potential, volume, pressure, density, ns_per_day: pace } = summary;
  const lines = [
    `steps     ${summary.steps.toLocaleString('en')}, ${number(summary.picoseconds)} ps`,
  ];
  if (temperature !== null) lines.push(`temperature ${bandText(temperature)} K`);
  if (potential !== null) {
    lines.push(`potential ${potential.mean.toFixed(4)} +- ${potential.deviation.toFixed(4)} eV`);
  }
  if (volume) {
    lines.push(`volume    ${bandText(volume)} A^3, ${number(density ?? NaN)} g/cm^3`);
  }
  if (pressure) lines.push(`pressure  ${bandText(pressure)} bar`);
  if (drift !== null) {
    const { slope, low, high } = drift;
    lines.push(
      `drift     ${number(slope)} (${number(low)} to ${number(high)}) meV/atom/ps of the conserved energy`,
    );
  }
  if (temperature === null)
    lines.push('averages  none: the run has fewer than 20 rows of energies');
  if (pace !== null) {
    lines.push(
      `pace      ${number(pace)} ns/day, ${number(summary.steps_per_second ?? NaN)} steps/s`,
    );
  }
  for (const { guard, breaches, message } of summary.guards) {
    lines.push(`guard     ${guard}: ${String(breaches)} times; first: ${message}`);
  }
  if (summary.teacher_takeovers > 0) {
    lines.push(`teacher   took over ${String(summary.teacher_takeovers)} times`);
  }
  return lines;
}

/** For terminals. */
export function number(value: number): string {
  return formatNumber(value, { ascii: true });
}

/** `301 (299 to 303)`. */
export function bandText({ mean, low, high }: Mean): string {
  const digits = Math.abs(mean) >= 100 ? 1 : 3;
  return `${mean.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}
