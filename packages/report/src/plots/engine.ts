import { logger as createLogger, None, parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/**
 * Draws a Vega-Lite specification as SVG. This module loads Vega and is itself imported on demand
 * only: most programs that use the package never draw.
 */
export async function drawSpec(spec: object): Promise<string> {
  // The libraries' own logger would print to the console.
  const logger = createLogger(None);
  const compiled = compile(spec as unknown as TopLevelSpec, { logger });
  const view = new View(parse(compiled.spec), { renderer: 'none', logger });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
