import { geometryHash } from '../contentHash.ts';
import { LABEL_PROPERTIES } from '../structure.ts';
import { checkOptions, isUnit } from './labelOptions.ts';
import type { LabelItem, LabelOptions } from './labelOptions.ts';
import { LabelRun } from './labelRun.ts';
import type { LabelSummary } from './labelTypes.ts';
import { LabelWriter } from './labelWriter.ts';
import { describeSet } from './manifest.ts';

/**
 * Labels structures with any calculator into a folder of HDF5 shards with a journal. A run that was
 * stopped in whatever way goes on where it was: nothing is labelled twice, and at most the shard in
 * flight is lost.
 *
 * A structure that fails is recorded with its reason and does not stop the run; calls that died or
 * took too long are made again first.
 *
 * @throws LabelNoGoError at the end, when fewer than `minSuccess` could be labelled
 * @throws FolderMismatchError when the folder holds labels of another teacher, set or property
 * @throws FolderBusyError when another process is labelling into the folder
 * @throws PropertyNotAvailableError when the calculator does not give a property asked for
 * @throws InvalidStructureError when an id appears twice
 * @throws FileFormatError when the journal or a shard is damaged
 * @throws FileSystemError when the disk refuses; finished shards are kept
 * @throws AbortedError when `signal` fires
 * @throws the error of a calculator that is gone for good (`unavailable`); its structures do not
 * count as failed
 */
export async function labelStructures(options: LabelOptions): Promise<LabelSummary> {
  const { calculator, properties = ['energy', 'forces'], fingerprint, generator, seed } = options;
  const sorted = LABEL_PROPERTIES.filter((property) => properties.includes(property));
  checkOptions(options, sorted);
  const list = Array.isArray(options.structures)
    ? (options.structures as readonly LabelItem[])
    : undefined;
  const manifest = {
    format: 'mlffd-labels',
    version: 1,
    properties: sorted,
    provenance: {
      teacher: calculator.name,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(generator === undefined ? {} : { generator }),
      ...(seed === undefined ? {} : { seed }),
    },
    ...(list === undefined ? {} : { structures: describeSet(identities(list)) }),
  } as const;
  const writer = await LabelWriter.open(options.folder, manifest, {
    ...(options.repair === undefined ? {} : { repair: options.repair }),
    onDamaged: (file, message) => options.onEvent?.({ type: 'damaged', file, message }),
  });
  try {
    return await new LabelRun(options, sorted, writer).go();
  } finally {
    writer.close();
  }
}

function* identities(
  items: readonly LabelItem[],
): Generator<readonly [id: string, hash: string], void, undefined> {
  for (const item of items) {
    yield isUnit(item) ? [item.unit, 'unit'] : [item.meta.id, geometryHash(item.atoms)];
  }
}
