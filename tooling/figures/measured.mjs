// What a benchmark of a package reports, kept for a run that goes on with what an earlier one left.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Content of a JSON file, which is made first where there is none. */
export async function remembered(file, make) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const found = await make();
  writeFileSync(`${file}.part`, JSON.stringify(found));
  renameSync(`${file}.part`, file);
  return found;
}

/** Values that a benchmark reports, by name; of an earlier run where there is one. */
export const measured = (file, bench, options) =>
  remembered(file, async () => {
    const found = {};
    await bench.run({
      ...options,
      report: ({ name, value }) => {
        found[name] = value;
      },
    });
    return found;
  });
