const INERT =
  / (?:opacity="1"|pointer-events="none"|aria-hidden="true"|role="graphics-object"|aria-roledescription="[^"]*"|font-family="[^"]*"|class="[^"]*"|stroke-miterlimit="4")/g;

/**
 * The inside of an SVG that Vega wrote, without what says nothing: default attributes, empty
 * paths, the family that the root element already names, and digits beyond a hundredth of a pixel.
 * Symbols of one shape share one definition. The result does not depend on what Vega drew before.
 */
export function tidySvg(svg: string): string {
  const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '');
  const lean = inner
    .replace(/<[^>]+>/g, (tag) =>
      tag
        .replace(INERT, '')
        .replace(/ (?:d|transform|x2?|y2?|width|height)="[^"]*"/g, (attribute) =>
          attribute.replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(+number * 100) / 100)),
        )
        .replace(/font-size="([\d.]+)px"/g, 'font-size="$1"'),
    )
    .replace(/<path(?: transform="[^"]*")?(?: d="(?:M0,0h0v0h0Z)?")?(?: display="none")?\/>/g, '')
    .replace(/<text [^>]*opacity="0"[^>]*>[^<]*<\/text>/g, '');
  return renumberIds(dropEmptyGroups(shareSymbols(lean)));
}

function dropEmptyGroups(svg: string): string {
  let text = svg;
  for (;;) {
    const next = text.replace(
      /<g(?: [^>]*)?\/>|<g(?: [^>]*[^>/])?><\/g>|<defs\/>|<defs><\/defs>/g,
      '',
    );
    if (next === text) return text;
    text = next;
  }
}

// Clip paths are numbered by a counter that lives as long as the process.
function renumberIds(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(
    /(<[^>]*?)(id="|url\(#)(clip\d+|gradient_\d+)/g,
    (_whole, before: string, use: string, id: string) => {
      const name = names.get(id) ?? `clip${names.size + 1}`;
      names.set(id, name);
      return before + use + name;
    },
  );
}

const SYMBOL = /<path transform="translate\((-?[\d.]+),(-?[\d.]+)\)" d="([^"]*A[^"]*)"([^>]*)\/>/g;

/** Symbols that differ in their place only become uses of one definition. */
function shareSymbols(svg: string): string {
  const counts = new Map<string, number>();
  for (const match of svg.matchAll(SYMBOL)) {
    const look = `${match[3]}|${match[4]}`;
    counts.set(look, (counts.get(look) ?? 0) + 1);
  }
  const names = new Map<string, string>();
  return svg.replace(SYMBOL, (whole, ...groups: string[]) => {
    const [x, y, shape, attributes] = groups;
    const look = `${shape}|${attributes}`;
    if ((counts.get(look) ?? 0) < 8) return whole;
    const known = names.get(look);
    if (known !== undefined) return `<use href="#${known}" x="${x}" y="${y}"/>`;
    const name = `symbol${names.size + 1}`;
    names.set(look, name);
    return (
      `<defs><path id="${name}" d="${shape}"${attributes}/></defs>` +
      `<use href="#${name}" x="${x}" y="${y}"/>`
    );
  });
}
