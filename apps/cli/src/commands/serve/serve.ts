import { isMlffdError, type Pbc } from '@mlffd/core';
import { addressText, type IpiAddress, ipiAddress } from '@mlffd/core/ipi';
import { serveIpi, type ServeIpiEvent } from '@mlffd/md';
import type { Backend } from '@mlffd/student';
import { Display } from '../../terminal/display.ts';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count, positive } from '../numbers.ts';
import { openServed } from './served.ts';
import { readTemplate } from './template.ts';

/** Options of `mlffd serve`. */
export interface ServeFlags {
  readonly template: string;
  readonly unix?: string;
  readonly port?: string;
  readonly host?: string;
  readonly pbc?: string;
  readonly backend?: 'auto' | Backend;
  readonly threads?: string;
  readonly reconnect?: boolean;
  readonly wait: string;
  readonly uncertainty?: boolean;
}

/** `mlffd serve`: a student as a driver of an i-PI server; 130 when stopped. */
export async function serveCommand(
  spec: string,
  flags: ServeFlags,
  io: CommandIo,
): Promise<number> {
  const address = addressOf(flags);
  const connectTimeout = positive(flags.wait, '--wait');
  const { template, pbc } = await readTemplate(flags.template, flags.pbc);
  const { calculator, extras } = await openServed(spec, {
    backend: flags.backend,
    threads: flags.threads === undefined ? undefined : count(flags.threads, '--threads'),
    uncertainty: flags.uncertainty === true,
    template,
    signal: io.signal,
  });
  // All of this is about the work, none of it its result.
  const display = new Display({ ...io, stdout: io.stderr });
  try {
    display.print(`serving  ${calculator.name}, ${aboutOf(template.numbers.length, pbc)}`);
    const { answers, structures, end } = await serveIpi({
      ...{ ...address, calculator, template, pbc, connectTimeout, signal: io.signal },
      ...(extras === undefined ? {} : { extras }),
      reconnect: flags.reconnect === true,
      onEvent: (event) => {
        show(event, display);
      },
    });
    const how = end === 'exit' ? 'said EXIT' : 'closed the connection';
    display.print(`done     the server ${how}; ${amountOf(answers, structures)}`);
    return EXIT.done;
  } catch (error) {
    if (!isMlffdError(error) || error.code !== 'md/aborted') throw error;
    display.print(`stopped  after ${error.found ?? 'no answers'}`);
    return EXIT.stopped;
  } finally {
    display.close();
    await calculator.dispose();
  }
}

function addressOf({ unix, port, host }: ServeFlags): IpiAddress {
  const number = port === undefined ? undefined : count(port, '--port');
  return ipiAddress({ path: unix, port: number, host }, { least: 1, code: 'usage/address' });
}

function show(event: ServeIpiEvent, display: Display): void {
  switch (event.type) {
    case 'connecting':
      display.print(`waiting  for a server at ${addressText(event.address)}`);
      break;
    case 'connected':
      display.print(`answers  ${addressText(event.address)}`);
      break;
    case 'initialised':
      if (event.batch > 1) display.print(`batches  of ${event.batch} structures`);
      break;
    case 'progress': {
      const { structures, structuresPerSecond, energy } = event;
      const detail = `${rate(structuresPerSecond)} structures/s, energy ${energy.toFixed(4)} eV`;
      const progress = { done: structures, unit: 'structures', detail };
      display.onEvent({ type: 'progress', stage: 'serve', progress });
      break;
    }
    case 'note':
      display.print(`note     ${event.message}`);
      break;
    case 'disconnected':
      display.print(
        event.error === undefined
          ? 'ended    the server has gone'
          : `lost     ${event.error.message}`,
      );
  }
}

const rate = (perSecond: number): string =>
  perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toPrecision(2);

function aboutOf(atoms: number, pbc: Pbc): string {
  const axes = ['a', 'b', 'c'].filter((_, axis) => pbc[axis]).join(', ');
  return `${atoms} atoms, ${axes === '' ? 'not periodic' : `periodic along ${axes}`}`;
}

function amountOf(answers: number, structures: number): string {
  const all = `${answers} ${answers === 1 ? 'answer' : 'answers'}`;
  return answers === structures ? all : `${all} about ${structures} structures`;
}
