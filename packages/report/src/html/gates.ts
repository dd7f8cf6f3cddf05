import { escapeHtml } from '../escape.ts';
import { formatNumber, type NumberFormat } from '../format.ts';
import { inlineHtml } from './richText.ts';
import { statusBadge, type Status } from './status.ts';

/** A measured number with the goal that it has to reach. */
export interface Gate {
  readonly name: string;
  /** Measured value; NaN never passes. */
  readonly measured: number;
  readonly goal: number;
  /** Relation that must hold between measured and goal, default `<=`. */
  readonly relation?: '<' | '<=' | '>' | '>=';
  readonly unit?: string;
  /** A missed goal that is not required is a warning, default true. */
  readonly required?: boolean;
  /** What was measured and how, in a few words. */
  readonly note?: string;
  readonly format?: NumberFormat;
}

/** Whether a gate holds: `pass`, `fail`, or `warn` when it is missed but not required. */
export function gateStatus(gate: Gate): 'pass' | 'warn' | 'fail' {
  const { measured, goal, relation = '<=', required = true } = gate;
  const holds =
    relation === '<='
      ? measured <= goal
      : relation === '<'
        ? measured < goal
        : relation === '>='
          ? measured >= goal
          : measured > goal;
  return holds ? 'pass' : required ? 'fail' : 'warn';
}

/** The outcome of a report, shown at its top. */
export interface Verdict {
  readonly status: 'pass' | 'warn' | 'fail';
  readonly headline: string;
  /** One sentence each: what decided. */
  readonly reasons?: readonly string[];
}

/** The verdict that a list of gates gives: the worst of them, with a sentence for each that is missed. */
export function verdictOf(
  gates: readonly Gate[],
  headlines: Partial<Record<Verdict['status'], string>> = {},
): Verdict {
  const missed = gates.filter((gate) => gateStatus(gate) !== 'pass');
  const status = missed.some((gate) => gateStatus(gate) === 'fail')
    ? 'fail'
    : missed.length > 0
      ? 'warn'
      : 'pass';
  const count = `${gates.length - missed.length} of ${gates.length}`;
  const headline =
    headlines[status] ??
    (status === 'pass' ? `All ${gates.length} goals are met` : `${count} goals are met`);
  return { status, headline, reasons: missed.map(missedSentence) };
}

function missedSentence(gate: Gate): string {
  const unit = gate.unit === undefined ? '' : ` ${gate.unit}`;
  const measured = formatNumber(gate.measured, gate.format);
  return `${gate.name}: ${measured}${unit}, goal ${goalText(gate)}.`;
}

const SIGNS = { '<': '<', '<=': '≤', '>': '>', '>=': '≥' } as const;

function goalText(gate: Gate): string {
  const unit = gate.unit === undefined ? '' : ` ${gate.unit}`;
  // A goal is exact: 0.001, not 0.00100.
  const goal = formatNumber(gate.goal, gate.format).replace(/(\.\d*?)0+(?=$|×)/, '$1');
  return `${SIGNS[gate.relation ?? '<=']} ${goal.replace(/\.(?=$|×)/, '')}${unit}`;
}

/** A table of gates as HTML: measured, goal, how much of the way, and the mark. */
export function gatesHtml(gates: readonly Gate[], number: number, caption: string): string {
  const rows = gates.map((gate) => {
    const status = gateStatus(gate);
    const unit =
      gate.unit === undefined ? '' : ` <span class="unit">${escapeHtml(gate.unit)}</span>`;
    const note =
      gate.note === undefined ? '' : `<small class="block">${inlineHtml(gate.note)}</small>`;
    return (
      `<tr class="${status}"><th scope="row">${inlineHtml(gate.name)}${note}</th>` +
      `<td class="right">${escapeHtml(formatNumber(gate.measured, gate.format))}${unit}</td>` +
      `<td class="right">${escapeHtml(goalText(gate))}</td>` +
      `<td class="meter-cell">${meter(gate, status)}</td>` +
      `<td>${statusBadge(status)}</td></tr>`
    );
  });
  const id = `table-${number}`;
  return (
    `<figure class="table gates" id="${id}"><figcaption id="${id}-caption"><b>Table ${number}.</b> ${inlineHtml(caption)}</figcaption>` +
    `<div class="scroll" role="region" tabindex="0" aria-labelledby="${id}-caption"><table><thead><tr>` +
    '<th scope="col">Check</th><th scope="col" class="right">Measured</th><th scope="col" class="right">Goal</th>' +
    '<th scope="col"><span class="sr">Distance to the goal</span></th><th scope="col">Result</th>' +
    `</tr></thead><tbody>${rows.join('\n')}</tbody></table></div></figure>`
  );
}

const METER = { width: 96, goal: 64 } as const;

/**
 * A bar of the measured value on a scale on which the goal stands at two thirds; for goals that
 * must be exceeded a longer bar is better, for limits a shorter one.
 */
function meter(gate: Gate, status: Status): string {
  const ratio = gate.measured / gate.goal;
  if (!(ratio >= 0) || !(gate.goal > 0)) return '';
  const width = Math.max(2, Math.min(METER.width, Math.round(ratio * METER.goal)));
  return (
    `<svg class="meter ${status}" width="${METER.width}" height="12" viewBox="0 0 ${METER.width} 12" preserveAspectRatio="none" aria-hidden="true">` +
    `<rect class="track" y="3" width="${METER.width}" height="6" rx="3"/>` +
    `<rect class="level" y="3" width="${width}" height="6" rx="3"/>` +
    `<path class="tick" d="M${METER.goal} 0v12"/></svg>`
  );
}
