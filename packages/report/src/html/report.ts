import { escapeHtml, jsonForHtml } from '../escape.ts';
import { formatNumber, type NumberFormat } from '../format.ts';
import { figureHtml, type ReportFigure } from './figure.ts';
import { gateStatus, gatesHtml, type Gate, type Verdict } from './gates.ts';
import { inlineHtml, paragraphsHtml } from './richText.ts';
import { statusIcon, statusWord, type Status } from './status.ts';
import { reportStyle } from './style.ts';
import { tableHtml, type Table } from './table.ts';

/** A number or a short text worth a tile of its own. */
export interface Fact {
  readonly label: string;
  readonly value: string | number;
  readonly unit?: string;
  readonly note?: string;
  readonly format?: NumberFormat;
}

/** A remark that stands out of the text. */
export interface Callout {
  readonly status: Status;
  readonly text: string | readonly string[];
}

/** A list of gates under a caption. */
export interface GateTable {
  readonly caption: string;
  readonly gates: readonly Gate[];
}

/**
 * A part of a report. Texts may contain `` `code` ``, `**strong**` and `[link](https://...)`; all
 * else is shown as written. Shown in the order of the fields.
 */
export interface Section {
  readonly title: string;
  /** A mark beside the title. */
  readonly status?: Status;
  /** Paragraphs; an empty line inside a string separates them. */
  readonly text?: string | readonly string[];
  readonly facts?: readonly Fact[];
  readonly gates?: GateTable;
  readonly figures?: readonly ReportFigure[];
  readonly tables?: readonly Table[];
  readonly callouts?: readonly Callout[];
  /** Commands or configuration, shown as written. */
  readonly code?: string;
}

/** A whole report. */
export interface Report {
  readonly title: string;
  readonly subtitle?: string;
  /** Small line above the title: what kind of report, of which program. */
  readonly kicker?: string;
  /** Language of the texts, default `en`. */
  readonly language?: string;
  readonly verdict?: Verdict;
  readonly facts?: readonly Fact[];
  readonly sections: readonly Section[];
  /** Anything that `JSON.stringify` takes: the raw numbers, embedded for machines. */
  readonly data?: unknown;
  /** Lines at the foot: date, version, machine. */
  readonly footer?: readonly string[];
}

/** Identifier of the JSON block inside the page. */
export const DATA_ELEMENT_ID = 'report-data';

/**
 * A report as one HTML document: style, plots and raw numbers inside, no script, no request to
 * anywhere. Opens from a file, prints, follows the reader's colour scheme. The same input gives the
 * same text.
 *
 * @throws ReportDataError for a table whose rows do not fit, or a figure that is not a static SVG
 */
export function renderReport(report: Report): string {
  const counter = { figures: 0, tables: 0 };
  const sections = report.sections.map((section, k) => sectionHtml(section, k + 1, counter));
  const kicker =
    report.kicker === undefined ? '' : `<p class="kicker">${escapeHtml(report.kicker)}</p>`;
  const subtitle =
    report.subtitle === undefined ? '' : `<p class="subtitle">${inlineHtml(report.subtitle)}</p>`;
  const footer = (report.footer ?? []).map((line) => `<p>${inlineHtml(line)}</p>`).join('');
  return `<!doctype html>
<html lang="${escapeHtml(report.language ?? 'en')}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="@mlffd/report">
${report.subtitle === undefined ? '' : `<meta name="description" content="${escapeHtml(report.subtitle)}">\n`}<title>${escapeHtml(report.title)}</title>
<style>${reportStyle()}</style>
</head>
<body>
<div class="page">
<header>${kicker}<h1>${escapeHtml(report.title)}</h1>${subtitle}${verdictHtml(report.verdict)}${factsHtml(report.facts)}</header>
<div class="columns">
${contentsHtml(report.sections)}
<main>
${sections.join('\n')}
</main>
</div>
<footer>${footer}</footer>
</div>
${report.data === undefined ? '' : `<script type="application/json" id="${DATA_ELEMENT_ID}">${jsonForHtml(report.data)}</script>\n`}</body>
</html>
`;
}

function verdictHtml(verdict: Verdict | undefined): string {
  if (verdict === undefined) return '';
  const reasons = verdict.reasons ?? [];
  const list =
    reasons.length === 0
      ? ''
      : `<ul>${reasons.map((reason) => `<li>${inlineHtml(reason)}</li>`).join('')}</ul>`;
  return (
    `<div class="verdict ${verdict.status}" role="status">${statusIcon(verdict.status, 34)}` +
    `<div><span class="word">${statusWord(verdict.status)}</span>` +
    `<h2>${inlineHtml(verdict.headline)}</h2>${list}</div></div>`
  );
}

function factsHtml(facts: readonly Fact[] | undefined): string {
  if (facts === undefined || facts.length === 0) return '';
  const tiles = facts.map((fact) => {
    const text =
      typeof fact.value === 'number' ? formatNumber(fact.value, fact.format) : fact.value;
    const unit =
      fact.unit === undefined ? '' : ` <span class="unit">${escapeHtml(fact.unit)}</span>`;
    const note = fact.note === undefined ? '' : `<small>${inlineHtml(fact.note)}</small>`;
    const long = typeof fact.value === 'string' && fact.value.length > 14 ? ' class="text"' : '';
    return `<div><dt>${escapeHtml(fact.label)}</dt><dd${long}>${escapeHtml(text)}${unit}${note}</dd></div>`;
  });
  return `<dl class="facts">${tiles.join('')}</dl>`;
}

function contentsHtml(sections: readonly Section[]): string {
  if (sections.length < 2) return '';
  const entries = sections.map((section, k) => {
    const status = sectionStatus(section);
    const mark = status === undefined || status === 'pass' ? '' : statusIcon(status, 12);
    return `<li><a href="#section-${k + 1}"><span class="number">${k + 1}</span><span>${escapeHtml(section.title)}</span>${mark}</a></li>`;
  });
  return `<nav class="toc" aria-label="Contents"><h2>Contents</h2><ol>${entries.join('')}</ol></nav>`;
}

/** The section's own status, or the worst of its gates. */
function sectionStatus(section: Section): Status | undefined {
  if (section.status !== undefined) return section.status;
  const states = section.gates?.gates.map(gateStatus);
  if (states === undefined || states.length === 0) return undefined;
  return states.includes('fail') ? 'fail' : states.includes('warn') ? 'warn' : 'pass';
}

function sectionHtml(
  section: Section,
  number: number,
  counter: { figures: number; tables: number },
): string {
  const status = sectionStatus(section);
  const mark =
    status === undefined
      ? ''
      : ` ${statusIcon(status, 18)}<span class="sr">${statusWord(status)}</span>`;
  const parts = [
    `<h2><span class="number">${number}</span>${escapeHtml(section.title)}${mark}</h2>`,
    paragraphsHtml(section.text),
    factsHtml(section.facts),
  ];
  if (section.gates !== undefined) {
    counter.tables += 1;
    parts.push(gatesHtml(section.gates.gates, counter.tables, section.gates.caption));
  }
  const figures = (section.figures ?? []).map((figure) => {
    counter.figures += 1;
    return figureHtml(figure, counter.figures);
  });
  if (figures.length > 0) parts.push(`<div class="figures">${figures.join('\n')}</div>`);
  for (const table of section.tables ?? []) {
    counter.tables += 1;
    parts.push(tableHtml(table, counter.tables));
  }
  for (const callout of section.callouts ?? []) parts.push(calloutHtml(callout));
  if (section.code !== undefined) {
    parts.push(`<pre tabindex="0"><code>${escapeHtml(section.code)}</code></pre>`);
  }
  const body = parts.filter((part) => part !== '').join('\n');
  return `<section id="section-${number}">${body}</section>`;
}

function calloutHtml(callout: Callout): string {
  return (
    `<div class="callout ${callout.status}">${statusIcon(callout.status, 16)}` +
    `<div><span class="sr">${statusWord(callout.status)}: </span>${paragraphsHtml(callout.text)}</div></div>`
  );
}
