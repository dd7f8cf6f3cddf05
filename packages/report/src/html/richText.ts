import { escapeHtml } from '../escape.ts';

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s()<>"]+)\)/g;

/**
 * One paragraph of text as HTML: everything escaped, with `` `code` ``, `**strong**` and
 * `[link](https://...)` as in Markdown. A link is the only way to name another address.
 */
export function inlineHtml(text: string): string {
  let html = '';
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, ...groups] = match;
    const [code, strong, label, address] = groups as (string | undefined)[];
    html += escapeHtml(text.slice(end, match.index));
    if (code !== undefined) html += `<code>${escapeHtml(code)}</code>`;
    else if (strong !== undefined) html += `<strong>${escapeHtml(strong)}</strong>`;
    else
      html += `<a href="${escapeHtml(address ?? '')}" rel="noopener">${escapeHtml(label ?? '')}</a>`;
    end = match.index + whole.length;
  }
  return html + escapeHtml(text.slice(end));
}

/** Text or several texts as paragraphs. */
export function paragraphsHtml(text: string | readonly string[] | undefined): string {
  if (text === undefined) return '';
  const paragraphs = typeof text === 'string' ? text.split(/\n{2,}/) : text;
  return paragraphs
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => `<p>${inlineHtml(paragraph.trim())}</p>`)
    .join('\n');
}
