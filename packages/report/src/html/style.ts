import { DARK_RULES, FONT_FAMILY } from '../plots/theme.ts';

const TOKENS = {
  light: `--page:#f5f7f9;--card:#fffffe;--ink:#1b2530;--muted:#566373;--line:#dfe5eb;--soft:#eef2f6;
--accent:#0a66b0;--pass:#0a7a55;--pass-soft:#e3f4ec;--warn:#8f5a00;--warn-soft:#fdf1dc;--fail:#b3261d;--fail-soft:#fbe7e5;--mark:#fffffe;--track:#e1e7ed`,
  dark: `--page:#0e1318;--card:#151b22;--ink:#e8edf2;--muted:#a3b0be;--line:#29323c;--soft:#1c242d;
--accent:#5cb3f5;--pass:#3fcf9b;--pass-soft:#12302a;--warn:#f2bb55;--warn-soft:#33280f;--fail:#ff8a80;--fail-soft:#3a1d1c;--mark:#10161c;--track:#2b3540`,
} as const;

/** The style sheet of a report: no font, image or rule from outside. */
export function reportStyle(): string {
  return `
:root{color-scheme:light dark;${TOKENS.light}}
@media screen and (prefers-color-scheme:dark){:root{${TOKENS.dark}}${DARK_RULES}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.6 ${FONT_FAMILY}}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,[tabindex]:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--soft);border-radius:4px;padding:.12em .35em;overflow-wrap:anywhere}
pre{margin:1rem 0;padding:.9rem 1.1rem;background:var(--soft);border:1px solid var(--line);border-radius:10px;overflow-x:auto;line-height:1.5}
pre code{background:none;padding:0;overflow-wrap:normal}
h1,h2,h3{line-height:1.25;letter-spacing:-.012em;text-wrap:balance}
p{margin:.6rem 0;max-width:70ch}
small{font-size:.84em;color:var(--muted);font-weight:400}
small.block{display:block}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.page{max-width:84rem;margin:0 auto;padding:2.5rem 1.25rem 3rem}
header .kicker{margin:0 0 .4rem;font-size:.8rem;font-weight:600;letter-spacing:.09em;text-transform:uppercase;color:var(--accent)}
header h1{margin:0;font-size:clamp(1.7rem,1.2rem + 2.2vw,2.6rem);font-weight:700;letter-spacing:-.022em;max-width:30ch;overflow-wrap:anywhere}
header .subtitle{margin:.5rem 0 0;font-size:1.08rem;color:var(--muted)}
.verdict{display:flex;gap:1rem;margin:1.6rem 0 0;padding:1.1rem 1.3rem;border-radius:14px;border:1px solid;border-color:color-mix(in srgb,currentColor 28%,transparent)}
.verdict.pass{background:var(--pass-soft);color:var(--pass)}
.verdict.warn{background:var(--warn-soft);color:var(--warn)}
.verdict.fail{background:var(--fail-soft);color:var(--fail)}
.verdict .mark{flex:none;width:2.1rem;height:2.1rem;margin-top:.1rem}
.verdict h2{margin:0;font-size:1.25rem;color:var(--ink)}
.verdict .word{font-size:.78rem;font-weight:700;letter-spacing:.07em;text-transform:uppercase}
.verdict ul{margin:.5rem 0 0;padding-left:1.1rem;color:var(--ink)}
.verdict li{margin:.15rem 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,10.5rem),1fr));gap:.75rem;margin:1.1rem 0 0}
.facts div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.8rem 1rem}
.facts dt{font-size:.82rem;color:var(--muted);line-height:1.35}
.facts dd{margin:.15rem 0 0;font-size:1.42rem;font-weight:650;letter-spacing:-.015em;line-height:1.25;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts dd.text{font-size:1.05rem;line-height:1.4}
.facts dd .unit{font-size:.6em;font-weight:500;letter-spacing:0;color:var(--muted);white-space:nowrap}
.facts dd small{display:block;font-size:.8rem;letter-spacing:0;line-height:1.4;margin-top:.15rem}
.columns{display:grid;grid-template-columns:minmax(0,1fr);gap:1.5rem;margin-top:1.8rem}
nav.toc{font-size:.92rem}
nav.toc h2{margin:0 0 .5rem;font-size:.78rem;letter-spacing:.08em;text-transform:uppercase;color:var(--muted)}
nav.toc ol{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.35rem .4rem}
nav.toc a{display:flex;gap:.45rem;align-items:baseline;color:var(--ink);text-decoration:none;padding:.25rem .7rem;border:1px solid var(--line);border-radius:999px;background:var(--card)}
nav.toc a:hover{border-color:var(--accent);color:var(--accent)}
nav.toc .number{color:var(--muted);font-variant-numeric:tabular-nums;font-size:.85em}
nav.toc .mark{align-self:center;flex:none}
main{min-width:0}
section{scroll-margin-top:1rem;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:1.5rem clamp(1rem,2.4vw,2rem) 1.7rem;margin:0 0 1.4rem}
section>h2{margin:0 0 .4rem;font-size:1.4rem;display:flex;gap:.6rem;align-items:baseline}
section>h2 .mark{flex:none;align-self:center}
section>h2 .number{color:var(--muted);font-weight:500;font-variant-numeric:tabular-nums}
section .facts div{background:var(--soft);border-color:transparent}
section h3{margin:1.6rem 0 .3rem;font-size:1.08rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1.8rem 2.2rem;margin:1.3rem 0 0;align-items:start}
figure{margin:0;min-width:0}
figure.wide{grid-column:1/-1}
.canvas svg{display:block;width:100%;height:auto;max-width:34rem;margin:0 auto}
figure.wide .canvas svg{max-width:56rem}
figcaption{font-size:.88rem;line-height:1.5;color:var(--muted);margin-top:.65rem;max-width:70ch}
figcaption b{color:var(--ink);font-weight:600}
figure.plot figcaption{max-width:34rem;margin-left:auto;margin-right:auto}
figure.plot.wide figcaption{max-width:56rem}
figure.table{margin:1.5rem 0 0}
figure.table figcaption{margin:0 0 .5rem}
.scroll{position:relative;overflow-x:auto;margin:0 -.3rem;padding:0 .3rem}
table{border-collapse:collapse;width:100%;font-size:.93rem;line-height:1.4;font-variant-numeric:tabular-nums}
th,td{padding:.5rem .8rem .5rem 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:.2rem}
thead th{font-size:.84rem;font-weight:600;color:var(--muted);border-bottom:1.5px solid var(--muted);vertical-align:bottom;white-space:nowrap}
thead .unit{display:block;font-weight:400;font-size:.92em}
tbody th{font-weight:500}
tbody tr:hover{background:var(--soft)}
.right{text-align:right;white-space:nowrap}
td.center,th.center{text-align:center}
td .unit{color:var(--muted);font-size:.9em}
td .mark,th .mark{vertical-align:-.12em;margin-right:.4em}
.meter-cell{width:1%;vertical-align:middle}
.gates td,.gates th{vertical-align:middle}
.mark circle{fill:currentColor}
.mark g{stroke:var(--mark);stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
.mark.pass{color:var(--pass)}.mark.warn{color:var(--warn)}.mark.fail{color:var(--fail)}.mark.info{color:var(--accent)}
.badge{display:inline-flex;align-items:center;gap:.4em;font-size:.86em;font-weight:600;padding:.14em .65em .14em .35em;border-radius:999px;white-space:nowrap}
.badge.pass{color:var(--pass);background:var(--pass-soft)}.badge.warn{color:var(--warn);background:var(--warn-soft)}.badge.fail{color:var(--fail);background:var(--fail-soft)}
.meter{display:block}
.meter .track{fill:var(--track)}.meter .tick{stroke:var(--ink);stroke-width:1.5;opacity:.75;vector-effect:non-scaling-stroke}
.meter.pass .level{fill:var(--pass)}.meter.warn .level{fill:var(--warn)}.meter.fail .level{fill:var(--fail)}
.callout{display:flex;gap:.75rem;margin:1.1rem 0 0;padding:.75rem 1rem;border-radius:10px;background:var(--soft)}
.callout .mark{flex:none;margin-top:.28rem}
.callout p{margin:0}.callout p+p{margin-top:.4rem}
.callout.warn{background:var(--warn-soft)}.callout.fail{background:var(--fail-soft)}.callout.pass{background:var(--pass-soft)}
p.note{font-size:.86rem;color:var(--muted)}
footer{margin-top:1.6rem;font-size:.86rem;color:var(--muted)}
footer p{margin:.2rem 0;max-width:none}
@media (min-width:70rem){
.columns{grid-template-columns:13rem minmax(0,1fr);gap:2.2rem}
nav.toc{position:sticky;top:1.5rem;align-self:start;max-height:calc(100vh - 3rem);overflow-y:auto}
nav.toc ol{display:block;border-left:2px solid var(--line)}
nav.toc a{border:0;border-radius:0 8px 8px 0;background:none;padding:.32rem .8rem;color:var(--muted)}
nav.toc a:hover{background:var(--soft)}
}
@media (max-width:36rem){
.page{padding:1.4rem .8rem 2rem}
.verdict{padding:.9rem 1rem;gap:.8rem}.verdict .mark{width:1.6rem;height:1.6rem}
.facts{grid-template-columns:repeat(2,minmax(0,1fr));gap:.55rem}.facts div{padding:.65rem .8rem}.facts dd{font-size:1.2rem}
.gates table,.gates tbody{display:block}
.gates thead{position:absolute;clip-path:inset(50%)}
.gates .right{white-space:normal}
.gates tbody tr{display:grid;grid-template-columns:1fr auto;gap:.1rem .8rem;padding:.6rem 0;border-bottom:1px solid var(--line)}
.gates tbody :is(th,td){padding:0;border:0}
.gates tbody th{grid-area:1/1}.gates tbody td:last-child{grid-area:1/2;justify-self:end}
.gates tbody td:nth-child(2){grid-area:2/1;text-align:left}.gates tbody td:nth-child(3){grid-area:2/2;color:var(--muted)}
.gates .meter-cell{grid-area:3/1/auto/3;width:auto}.gates .meter{width:100%;height:8px;margin-top:.25rem}
th,td{padding-right:.6rem}
}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{
@page{margin:15mm 14mm}
:root{--page:#fff;--card:#fff}
html{font-size:9pt}
.page{padding:0;max-width:none}
section{border:0;border-radius:0;padding:0;margin:0 0 1.6rem;border-top:1px solid var(--line);padding-top:1rem}
.columns{display:block}nav.toc{display:none}
figure.plot,.facts div,.verdict,tr,.callout{break-inside:avoid}
th,td{padding-top:.32rem;padding-bottom:.32rem}h2,h3,figcaption{break-after:avoid}
.figures{grid-template-columns:repeat(2,minmax(0,1fr));gap:1.2rem 1.6rem}.facts{grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr))}
.verdict,.badge,.meter,.mark,.facts div,.callout,.canvas svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.scroll{overflow:visible}a{color:inherit}
}
`;
}
