import { sha256, stableStringify, type Atoms } from '@mlffd/core';
import type { DistillConfig } from '../config/distillConfig.ts';
import type { DistillResults } from '../output/results.ts';
import { auditStage } from '../stages/audit.ts';
import { benchmarkStage } from '../stages/benchmark.ts';
import { generateStage, labelProperties } from '../stages/generate.ts';
import { labelStage } from '../stages/label.ts';
import { packageRun } from '../stages/package.ts';
import { splitStage } from '../stages/split.ts';
import { trainStage } from '../stages/train.ts';
import { validateStage } from '../stages/validate.ts';
import { ConfigError } from '../config/load.ts';
import type { OnEvent } from './progress.ts';
import { lockRun } from './runLock.ts';
import { StageRunner } from './stage.ts';
import { buildSystems, type System } from './systems.ts';
import { TeacherHandle } from './teacher.ts';

export interface DistillOptions {
  readonly config: DistillConfig;
  /** Folder that relative paths in the configuration start from. */
  readonly base: string;
  /** The run folder; what is finished in it is not done again. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

/**
 * Runs the whole pipeline: generate, label, split, train, validate, benchmark, audit of the
 * teacher, package.
 *
 * Killed at any point and called again with the same configuration, it goes on and gives the same
 * figures; only times differ.
 */
export async function distill(options: DistillOptions): Promise<DistillResults> {
  const { config, base, folder, signal, onEvent } = options;
  const systems = await buildSystems(config.systems, base);
  const release = lockRun(folder);
  let teacher: TeacherHandle | undefined;
  try {
    teacher = await TeacherHandle.open(config.teacher, { copies: config.concurrency });
    const runner = new StageRunner({ folder, signal, onEvent, total: 8 });
    const system = startOf(config.validation.system, systems);
    const grown = startOf(config.benchmark.system ?? config.validation.system, systems);

    const generated = await runner.run(generateStage(config, systems, teacher));
    const labels = await runner.run(
      labelStage(config, generated, { teacher, properties: labelProperties(systems) }),
    );
    const split = await runner.run(splitStage(config, labels));
    const trained = await runner.run(trainStage(config, labels, split));
    const validated = await runner.run(
      validateStage(config, system, { teacher, labels, split, trained }),
    );
    const benchmarked = await runner.run(benchmarkStage(config, grown, { teacher, trained }));
    const audited = await runner.run(auditStage(config, { teacher, labels, split }));
    return await packageRun({
      config,
      folder,
      onEvent,
      hashes: {
        config: sha256(stableStringify(config)),
        teacher: teacher.fingerprint,
        dataset: labels.output.hash,
        student: trained.output.hash,
      },
      stages: { generated, labels, split, trained, validated, benchmarked, audited },
    });
  } finally {
    await teacher?.dispose();
    release();
  }
}

/** The structure that a system starts from: its first one, where it has several. */
function startOf(name: string, systems: readonly System[]): Atoms {
  const start = systems.find((system) => system.name === name)?.starts[0];
  if (start === undefined) {
    throw new ConfigError('config/unknown-system', `No system is named '${name}'.`, {
      found: name,
      expected: systems.map((system) => system.name).join(', '),
    });
  }
  return start.atoms;
}
