const NARROW = new Set("iljtfrI.,:;|()[]{}'!·/\\ ⁻¹²³");
const WIDE = new Set('mwMW@%—±×');

/** Width of a text in pixels, estimated from the metrics of Inter without loading a font. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) {
    if (NARROW.has(character)) width += 0.34;
    else if (WIDE.has(character)) width += 0.86;
    else if (/[A-Z0-9−+=<>≤≥~]/.test(character)) width += 0.66;
    else if ((character.codePointAt(0) ?? 0) >= 0x2e80) width += 1;
    else width += 0.57;
  }
  return width * size;
}

/** Text broken at spaces into lines of at most `width` pixels; a longer word stays whole. */
export function wrapText(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Text cut with an ellipsis so that it is at most `width` pixels wide. */
export function truncateText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size) > width) {
    characters.pop();
  }
  return `${characters.join('').trimEnd()}…`;
}
