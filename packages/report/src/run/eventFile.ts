import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from './crc32c.ts';

// Field numbers of tensorboard/compat/proto/event.proto and summary.proto.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** Values of one moment of a run. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Values by tag, `train/loss`; kept in float32. */
  readonly scalars: ReadonlyMap<string, number>;
}

/** First record of an event file: the version of the format. */
export function versionRecord(wallTime: number): Uint8Array {
  return frame(event(wallTime).tag(EVENT.fileVersion, WireType.LengthDelimited).string(VERSION));
}

const VERSION = 'brain.Event:2';

/** Record with scalars. */
export function scalarRecord({ wallTime, step, scalars }: ScalarEvent): Uint8Array {
  const writer = event(wallTime).tag(EVENT.step, WireType.Varint).int64(step);
  writer.tag(EVENT.summary, WireType.LengthDelimited).fork();
  for (const [tag, value] of scalars) {
    writer.tag(SUMMARY_VALUE, WireType.LengthDelimited).fork();
    writer.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
    writer.tag(VALUE.simpleValue, WireType.Bit32).float(value);
    writer.join();
  }
  return frame(writer.join());
}

function event(wallTime: number): BinaryWriter {
  return new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(wallTime);
}

/** TFRecord: length (u64), its masked CRC-32C, data, their masked CRC-32C, little-endian. */
function frame(writer: BinaryWriter): Uint8Array {
  const data = writer.finish();
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}
