import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Atoms, type Calculator, createAtoms, type Results } from '@mlffd/core';
import {
  batchMessage,
  ByteReader,
  energiesBytes,
  forcesBytes,
  header,
  HEADER_BYTES,
  headerName,
  positionsMessage,
  readAnswer,
  readAtomCount,
  type WireAnswer,
  type WireStructure,
} from '@mlffd/core/ipi';

/** Energy, forces and stress that tell which structure they belong to; answers at once. */
export class Wells implements Calculator {
  readonly name = 'wells';
  readonly properties = ['energy', 'forces', 'stress'] as const;
  /** Structures that it was asked about, as they were at that time. */
  readonly asked: Atoms[] = [];

  calculate(atoms: Atoms, properties: readonly string[]): Results {
    this.asked.push({ ...atoms, positions: atoms.positions.slice(), cell: atoms.cell.slice() });
    const { positions } = atoms;
    return {
      energy: positions.reduce((sum, x) => sum + 0.5 * x * x, 0),
      forces: positions.map((x) => -x),
      ...(properties.includes('stress') ? { stress: Float64Array.of(1, 2, 3, 4, 5, 6) } : {}),
    };
  }

  dispose(): void {
    this.asked.length = 0;
  }
}

/** A pair; `x` is a coordinate of the second, Angstrom. */
export function pairAt(x: number, edge = 10): Atoms {
  const box = edge === 0 ? {} : { cell: [edge, edge, edge], pbc: true };
  return createAtoms({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, x, 0.5, -0.5], ...box });
}

/** A name of a Unix socket that nobody uses. */
export const freeName = (): string => `mlffd-md-${randomBytes(6).toString('hex')}`;

/** The server's end of a connection, which says what a test wants. */
export class ServerEnd {
  readonly socket: Socket;
  readonly #reader = new ByteReader();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#reader.push(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#reader.fail(new Error('closed'));
    });
  }

  send(...parts: readonly (string | Buffer)[]): void {
    this.socket.write(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? header(part) : part))),
    );
  }

  async header(): Promise<string> {
    return headerName(await this.#reader.read(HEADER_BYTES));
  }

  async status(): Promise<string> {
    this.send('STATUS');
    return this.header();
  }

  /** Answers to so many structures, and the texts of them. */
  async answers(size = 1): Promise<{ answers: WireAnswer[]; texts: string[] }> {
    const name = await this.header();
    if (name !== 'FORCEREADY') throw new Error(`FORCEREADY expected, ${name} found`);
    const energies = await this.#reader.read(energiesBytes(size));
    const forces = await this.#reader.read(forcesBytes(size, readAtomCount(energies, size)));
    const texts: string[] = [];
    for (let k = 0; k < size; k++) {
      const length = (await this.#reader.read(4)).readInt32LE();
      texts.push((await this.#reader.read(length)).toString());
    }
    const answers = texts.map((_, k) => readAnswer({ energies, forces }, k, size));
    return { answers, texts };
  }

  /** One question, consolidated. */
  async ask(structure: WireStructure): Promise<WireAnswer> {
    this.send(positionsMessage(structure), 'GETFORCE');
    return (await this.answers()).answers[0];
  }

  async askBatch(structures: readonly WireStructure[], size: number): Promise<WireAnswer[]> {
    this.send(batchMessage(structures, size), 'GETFORCE');
    return (await this.answers(size)).answers;
  }
}

/** A server in this process. */
export class TestServer {
  readonly path: string;
  readonly #server: Server;
  readonly #waiting: ServerEnd[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.path = path;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      this.#waiting.push(new ServerEnd(socket));
      server.emit('end-ready');
    });
  }

  static async listen(path: string = freeName()): Promise<TestServer> {
    const server = createServer({ noDelay: true });
    server.listen(`/tmp/ipi_${path}`);
    await once(server, 'listening');
    return new TestServer(server, path);
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The next driver that has connected. */
  async accept(): Promise<ServerEnd> {
    while (this.#waiting.length === 0) await once(this.#server, 'end-ready');
    return this.#waiting.shift()!;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
