import { parentPort, workerData } from 'node:worker_threads';
import { InvalidArgumentError } from '../errors.ts';
import { packError } from './errorTransfer.ts';
import type { Calculator, Results } from '../calculator.ts';
import type { CalculatorSource, WorkerReply, WorkerRequest } from './workerProtocol.ts';

/** Entry of a worker thread: one calculator that works through its requests in order. */
const waiting: WorkerRequest[] = [];
let busy = false;

function reply(message: WorkerReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

async function make({ module, factory, args }: CalculatorSource): Promise<Calculator> {
  const exports = (await import(module)) as Readonly<Record<string, unknown>>;
  const create = exports[factory];
  if (typeof create !== 'function') {
    throw new InvalidArgumentError('core/no-factory', `${module} has no function ${factory}`, {
      expected: `an export ${factory} that makes a calculator`,
      found: create === undefined ? Object.keys(exports).join(', ') : typeof create,
      where: module,
    });
  }
  return (create as (...args: readonly unknown[]) => Calculator | Promise<Calculator>)(...args);
}

/** Memory that can be handed over: whole, and not shared. */
function buffersOf(results: Results): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const value of Object.values(results) as unknown[]) {
    if (!(value instanceof Float64Array)) continue;
    const { buffer, byteLength } = value;
    if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffers.add(buffer);
  }
  return [...buffers];
}

function answer(id: number, results: Results): void {
  try {
    reply({ type: 'results', id, results }, buffersOf(results));
  } catch {
    // Memory of a native library or of WebAssembly stays where it is: copied instead.
    reply({ type: 'results', id, results });
  }
}

async function serve(calculator: Calculator): Promise<void> {
  busy = true;
  for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
    if (request.type === 'close') {
      await calculator.dispose();
      parentPort?.close();
      break;
    }
    const { id, atoms, properties } = request;
    try {
      const results = calculator.calculate(atoms, properties);
      answer(id, results instanceof Promise ? await results : results);
    } catch (error) {
      reply({ type: 'failed', id, error: packError(error) });
    }
  }
  busy = false;
}

try {
  const calculator = await make(workerData as CalculatorSource);
  parentPort?.on('message', (request: WorkerRequest) => {
    waiting.push(request);
    if (!busy) void serve(calculator);
  });
  const { name, properties, elements, cutoff } = calculator;
  const about = {
    name,
    properties,
    ...(elements === undefined ? {} : { elements }),
    ...(cutoff === undefined ? {} : { cutoff }),
  };
  reply({ type: 'ready', about });
} catch (error) {
  reply({ type: 'unmade', error: packError(error) });
}
