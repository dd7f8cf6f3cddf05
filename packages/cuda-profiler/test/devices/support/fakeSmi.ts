import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a driver answers, by field. */
export interface SmiFixture {
  /** Where it is from, and what it stands for. */
  readonly about: string;
  readonly banner: string;
  readonly gpus: readonly Readonly<Record<string, string>>[];
  /** Lines of `--query-compute-apps`. */
  readonly processes: readonly string[];
}

/** How the program behaves beside that. */
export interface SmiBehaviour {
  /** Rounds of `-lms` after which the last device is lost. */
  readonly loseAfter?: number;
  /** Rounds of `-lms` after which the program ends with this line and code 15. */
  readonly endAfter?: { readonly rounds: number; readonly line: string };
}

/** Writes a program that answers as nvidia-smi of that driver does. */
export function writeFakeSmi(
  folder: string,
  { banner, gpus, processes }: SmiFixture,
  { loseAfter = 1_000_000, endAfter }: SmiBehaviour = {},
): string {
  const cases = gpus.flatMap((gpu, k) =>
    Object.entries(gpu).map(([field, value]) => `    ${String(k)}:${field}) v='${value}';;`),
  );
  const indices = gpus.map((_, k) => String(k)).join(' ');
  const script = `#!/bin/sh
row() {
  line=
  for field in $2; do
    case "$1:$field" in
${cases.join('\n')}
    *) echo "Field \\"$field\\" is not a valid field to query."; echo; exit 2;;
    esac
    if [ "$3" = lost ] && [ "$field" != index ] && [ "$field" != uuid ]; then v='[GPU is lost]'; fi
    line="$line, $v"
  done
  echo "\${line#, }"
}
case "$1" in
--query-gpu=*)
  fields=$(echo "\${1#--query-gpu=}" | tr ',' ' ')
  rounds=0
  while :; do
    for k in ${indices}; do
      state=there
      if [ $rounds -ge ${String(loseAfter)} ] && [ $k = ${String(gpus.length - 1)} ]; then state=lost; fi
      row $k "$fields" $state
    done
    rounds=$((rounds + 1))
    if [ "$3" != -lms ]; then exit 0; fi
    if [ $rounds -ge ${String(endAfter?.rounds ?? 1_000_000)} ]; then echo '${endAfter?.line ?? ''}'; exit 15; fi
    sleep 0.02
  done;;
--query-compute-apps=*)
  cat <<'END'
${processes.join('\n')}
END
  ;;
*)
  cat <<'END'
${banner}
END
  ;;
esac
`;
  const path = join(folder, 'nvidia-smi');
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}
