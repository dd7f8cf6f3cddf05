import { describe, expect, test } from '@jest/globals';
import { createAtoms, isMlffdError } from '@mlffd/core';
import {
  batchMessage,
  header,
  initMessage,
  positionsMessage,
  type WireStructure,
} from '@mlffd/core/ipi';
import fc from 'fast-check';
import { DriverProtocol, type DriverProtocolOptions } from '../src/ipi/driverProtocol.ts';
import { pairAt } from './ipiServer.ts';

const TEMPLATE = pairAt(2);
const FORCES = Float64Array.of(1, 2, 3, 4, 5, 6);
const VIRIAL = new Float64Array(9);

function protocolOf(options: Partial<DriverProtocolOptions> = {}): DriverProtocol {
  const { pbc } = TEMPLATE;
  return new DriverProtocol({
    ...{ template: TEMPLATE, pbc, needInit: true, largestBatch: 64 },
    ...options,
  });
}

/** Takes all bytes in one piece; what was computed, and what was sent. */
function feed(protocol: DriverProtocol, bytes: Uint8Array, log: string[] = []): string[] {
  protocol.push(bytes);
  for (;;) {
    const step = protocol.next();
    switch (step) {
      case 'more':
        return log;
      case 'exit':
        log.push('exit');
        return log;
      case 'send':
        log.push(protocol.output.toString('hex'));
        break;
      case 'initialised':
        log.push(`${protocol.init.bead} ${protocol.init.text} ${protocol.batch}`);
        break;
      case 'compute':
        for (let k = 0; k < protocol.batch; k++) {
          const { positions, cell } = protocol.slots[k];
          log.push(`${positions.join(' ')} in ${cell.join(' ')}`);
          protocol.setAnswer(k, { energy: k + positions[3], forces: FORCES, virial: VIRIAL });
        }
        protocol.finish();
    }
  }
}

function failureOf(protocol: DriverProtocol, bytes: Uint8Array): string {
  try {
    feed(protocol, bytes);
  } catch (error) {
    if (isMlffdError(error)) return error.code;
    throw error;
  }
  return 'none';
}

const text = (...hex: string[]): string[] =>
  hex.map((bytes) => Buffer.from(bytes, 'hex').toString('latin1').trimEnd());

test('STATUS tells what comes next', () => {
  const protocol = protocolOf();
  expect(text(...feed(protocol, header('STATUS')))).toEqual(['NEEDINIT']);
  expect(feed(protocol, initMessage(3, 'a : 1, batch_size:1'))).toEqual([
    '3 a : 1, batch_size:1 1',
  ]);
  expect(text(...feed(protocol, header('STATUS')))).toEqual(['READY']);
  expect(protocol.isIdle).toBe(true);
  feed(protocol, positionsMessage(pairAt(2)));
  expect(protocol.isIdle).toBe(false);
  expect(text(...feed(protocol, header('STATUS')))).toEqual(['HAVEDATA']);
  const [answer] = feed(protocol, header('GETFORCE'));
  expect(answer).toHaveLength(2 * (100 + 24 * 2 + 2));
  expect(text(...feed(protocol, header('STATUS')))).toEqual(['READY']);
  expect(feed(protocol, header('EXIT'))).toEqual(['exit']);
  expect(text(...feed(protocolOf({ needInit: false }), header('STATUS')))).toEqual(['READY']);
});

test('positions without INIT, as servers that do not know it send them', () => {
  const [structure, answer] = feed(
    protocolOf(),
    Buffer.concat([positionsMessage(pairAt(2)), header('GETFORCE')]),
  );
  expect(structure.startsWith('0 0 0 2')).toBe(true);
  expect(Buffer.from(answer, 'hex').readInt32LE(20)).toBe(2);
});

/** A conversation with two batches, one of them filled up. */
function longConversation(sizes: readonly number[]): Buffer {
  const structures = sizes.map((x): WireStructure => pairAt(x));
  return Buffer.concat([
    header('STATUS'),
    initMessage(0, 'batch_size:3'),
    header('STATUS'),
    batchMessage(structures, 3),
    header('GETFORCE'),
    header('STATUS'),
    batchMessage(structures.slice(0, 2), 3),
    header('STATUS'),
    header('GETFORCE'),
    initMessage(1, ''),
    positionsMessage(structures[0]),
    header('GETFORCE'),
    header('EXIT'),
  ]);
}

describe('however bytes come', () => {
  const whole = longConversation([2, 3, 4]);
  const expected = feed(protocolOf(), whole);

  test('one at a time', () => {
    const protocol = protocolOf();
    const log: string[] = [];
    for (const byte of whole) feed(protocol, Uint8Array.of(byte), log);
    expect(log).toEqual(expected);
  });

  test('in two pieces, cut at every byte', () => {
    for (let cut = 1; cut < whole.length; cut++) {
      const protocol = protocolOf();
      const log = feed(protocol, whole.subarray(0, cut));
      expect(feed(protocol, whole.subarray(cut), log)).toEqual(expected);
    }
  });

  test('in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length - 1), { maxLength: 12 }), (cuts) => {
        const protocol = protocolOf();
        const log: string[] = [];
        const ends = [...cuts, whole.length].sort((a, b) => a - b);
        let start = 0;
        for (const end of ends) {
          feed(protocol, whole.subarray(start, end), log);
          start = end;
        }
        expect(log).toEqual(expected);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('what is no question', () => {
  const at = (offset: number, write: (bytes: Buffer, offset: number) => void): Buffer => {
    const bytes = positionsMessage(pairAt(2));
    write(bytes, offset);
    return bytes;
  };
  const double =
    (value: number) =>
    (bytes: Buffer, offset: number): void => {
      bytes.writeDoubleLE(value, offset);
    };
  const integer =
    (value: number) =>
    (bytes: Buffer, offset: number): void => {
      bytes.writeInt32LE(value, offset);
    };
  const initLength = (length: number): Buffer => {
    const bytes = initMessage(0, 'x');
    bytes.writeInt32LE(length, 16);
    return bytes;
  };
  const sharedMemory = Buffer.concat([
    header('POSDATA'),
    Buffer.from([2, 0, 0, 0, 18, 0, 0, 0]),
    Buffer.from('ipi_shm_4711_7_pos'),
  ]);

  test.each<[string, Buffer, string]>([
    ['another header', Buffer.from('GET / HTTP/1.1\r\n'), 'md/ipi-protocol'],
    ['small letters', Buffer.from('status      '), 'md/ipi-protocol'],
    ['GETFORCE first', header('GETFORCE'), 'md/ipi-protocol'],
    ['one atom more', at(156, integer(3)), 'md/ipi-atom-count'],
    ['2^31 atoms', at(156, integer(0x7fffffff)), 'md/ipi-atom-count'],
    ['-1 atoms', at(156, integer(-1)), 'md/ipi-atom-count'],
    ['a position NaN', at(160 + 8 * 4, double(NaN)), 'md/ipi-not-finite'],
    ['a cell of infinity', at(12, double(Infinity)), 'md/ipi-not-finite'],
    ['the largest position', at(160, double(Number.MAX_VALUE)), 'none'],
    ['INIT of 2 GiB', initLength(0x7fffffff), 'md/ipi-protocol'],
    ['INIT of -1 byte', initLength(-1), 'md/ipi-protocol'],
    ['batches of 10^9', initMessage(0, 'batch_size:1000000000'), 'md/ipi-protocol'],
    ['batches of none', initMessage(0, 'batch_size:0'), 'md/ipi-protocol'],
    ['batches of many', initMessage(0, 'x:1, batch_size:many'), 'md/ipi-protocol'],
    ['shared memory', sharedMemory, 'md/ipi-shared-memory'],
  ])('%s', (_, bytes, code) => {
    expect(failureOf(protocolOf(), bytes)).toBe(code);
    const protocol = protocolOf();
    const found = new Set<string>();
    // Cut in single bytes, it fails as well, at latest with the last.
    for (const byte of bytes) {
      const one = failureOf(protocol, Uint8Array.of(byte));
      found.add(one);
      if (one !== 'none') break;
    }
    expect(found.has(code)).toBe(true);
  });

  test('the count is refused before its atoms have come', () => {
    const bytes = at(156, integer(0x7fffffff)).subarray(0, 160);
    expect(failureOf(protocolOf(), bytes)).toBe('md/ipi-atom-count');
    const protocol = protocolOf();
    feed(protocol, initMessage(0, 'batch_size:4'));
    const batch = Buffer.concat([header('POSDATA'), Buffer.from([3, 0, 0, 0])]);
    expect(failureOf(protocol, batch)).toBe('md/ipi-atom-count');
  });

  test('the error says which atom, and in which question', () => {
    const protocol = protocolOf();
    feed(protocol, positionsMessage(pairAt(2)));
    expect(() => feed(protocol, at(160 + 8 * 4, double(NaN)))).toThrow(
      expect.objectContaining({ where: 'the position of atom 1 (y), question 2' }),
    );
  });

  test('a server that sends on and on while it should wait', () => {
    const protocol = protocolOf();
    protocol.push(positionsMessage(pairAt(2)));
    expect(protocol.next()).toBe('compute');
    expect(protocol.next()).toBe('more');
    expect(() => {
      for (let k = 0; k < 1e6; k++) protocol.push(header('STATUS'));
    }).toThrow(expect.objectContaining({ code: 'md/ipi-protocol' }));
  });

  test('after EXIT nothing counts', () => {
    const protocol = protocolOf();
    expect(feed(protocol, Buffer.concat([header('EXIT'), Buffer.from('garbage')]))).toEqual([
      'exit',
    ]);
    for (let k = 0; k < 100; k++) protocol.push(Buffer.alloc(4096));
    expect(protocol.next()).toBe('exit');
  });
});

test('any bytes give steps or an error of its own, and stop', () => {
  const good = longConversation([2, 3, 4]);
  const words = fc.constantFrom('STATUS', 'INIT', 'POSDATA', 'GETFORCE', 'EXIT', 'READY');
  const piece = fc.oneof(
    words.map((word) => header(word)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(fc.nat(good.length), fc.nat(400)).map(([start, n]) => good.subarray(start, start + n)),
    fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([index, value]) => {
      const bytes = Buffer.from(good);
      bytes[index] = value;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const protocol = protocolOf();
      for (const bytes of pieces) {
        const code = failureOf(protocol, bytes);
        if (code === 'none') continue;
        expect(code).toMatch(/^md\/ipi-/);
        break;
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});

describe('periodic axes', () => {
  const CELL = [4, 0, 0, 0.5, 5, 0, 0.25, 0.75, 6];
  const slotFor = (
    template: Partial<Parameters<typeof createAtoms>[0]>,
    cell: readonly number[],
  ): DriverProtocol['slots'][number] => {
    const atoms = createAtoms({ symbols: ['C'], positions: [0, 0, 0], cell: CELL, ...template });
    const protocol = protocolOf({ template: atoms, pbc: atoms.pbc });
    const message = positionsMessage({
      positions: Float64Array.of(1000, -2000, 3),
      cell: Float64Array.from(cell),
    });
    protocol.push(message);
    expect(protocol.next()).toBe('compute');
    return protocol.slots[0];
  };

  test('are those of the template, along vectors that are there', () => {
    const full = slotFor({ pbc: true }, CELL);
    expect(full.atoms().pbc).toEqual([true, true, true]);
    expect(full.hasVirial()).toBe(true);
    for (let k = 0; k < 9; k++) expect(full.cell[k]).toBeCloseTo(CELL[k], 12);
    // Far from the cell, as they are.
    expect(full.atoms().positions[1]).toBeCloseTo(-2000, 9);

    const box = slotFor({ pbc: false }, CELL);
    expect([box.atoms().pbc, box.hasVirial()]).toEqual([[false, false, false], false]);
    const molecule = slotFor({ pbc: true }, [0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([molecule.atoms().pbc, molecule.hasVirial()]).toEqual([[false, false, false], false]);
    const slab = slotFor({ pbc: true }, [4, 0, 0, 0, 5, 0, 0, 0, 0]);
    expect([slab.atoms().pbc, slab.hasVirial()]).toEqual([[true, true, false], false]);
    const filled = slotFor({ pbc: [true, true, false] }, CELL);
    expect([filled.atoms().pbc, filled.hasVirial()]).toEqual([[true, true, false], true]);
  });

  test('need vectors that are independent', () => {
    const flat = slotFor({ pbc: true }, [4, 0, 0, 8, 0, 0, 0, 0, 6]);
    expect(() => flat.atoms()).toThrow(expect.objectContaining({ code: 'atoms/zero-volume' }));
  });

  test('charge and spin of the template stay', () => {
    expect(slotFor({ charge: 1, spin: 2 }, CELL).atoms()).toMatchObject({ charge: 1, spin: 2 });
  });
});

test('an answer that is still being sent is not written over', () => {
  const protocol = protocolOf();
  const question = Buffer.concat([positionsMessage(pairAt(2)), header('GETFORCE')]);
  feed(protocol, question);
  const first = protocol.output;
  protocol.detachOutput();
  const copy = Buffer.from(first);
  feed(protocol, Buffer.concat([positionsMessage(pairAt(3)), header('GETFORCE')]));
  expect(protocol.output).not.toBe(first);
  expect(first.equals(copy)).toBe(true);
  const second = protocol.output;
  feed(protocol, question);
  expect(protocol.output).toBe(second);
  expect(second.readDoubleLE(12)).toBe(copy.readDoubleLE(12));
});
