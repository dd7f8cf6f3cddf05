import { symbolOf } from '@mlffd/core';
import { countParameters, trainedElements } from '@mlffd/student';
import { type BrowserStudent, loadCalculator } from './browserStudent.ts';
import { Engine } from './engine.ts';
import type { News, Order, Settings, StudentFacts } from './protocol.ts';
import { type Delivery, fetchStudent } from './studentFiles.ts';
import { troubleOf } from './trouble.ts';

/** ms of stepping between two looks at the messages. */
const SLICE = 12;
/** Shortest time between two frames for the page, ms. */
const FRAME_INTERVAL = 30;

/** Runs the model beside the page, so that drawing does not wait for it nor it for drawing. */
class Runner {
  readonly #loaded: Promise<BrowserStudent>;
  readonly #turn = new MessageChannel();
  #engine: Engine | undefined;
  #run = 0;
  #playing = false;
  #turning = false;
  #lastFrame = 0;

  constructor(base: URL) {
    this.#loaded = this.#load(base);
    // Already told to the page.
    this.#loaded.catch(() => undefined);
    // A message comes back at once, where a timer would wait for 4 ms.
    this.#turn.port1.onmessage = () => {
      this.#turning = false;
      this.#slice();
    };
  }

  async obey(order: Order): Promise<void> {
    switch (order.type) {
      case 'start':
        await this.#start(order);
        break;
      case 'settings':
        this.#change(order.settings);
        break;
      case 'play':
        this.#playing = true;
        this.#engine?.resume();
        this.#continue();
        break;
      case 'pause':
        this.#playing = false;
        this.#show();
        break;
    }
  }

  async #load(base: URL): Promise<BrowserStudent> {
    try {
      const delivery = await fetchStudent(base);
      const loaded = await loadCalculator(delivery.student, base);
      const student = factsOf(delivery, loaded.backend);
      tell({ type: 'ready', student, structures: delivery.structures });
      return loaded;
    } catch (error) {
      tell({ type: 'failed', trouble: troubleOf(error) });
      throw error;
    }
  }

  async #start({ run, atoms, settings }: Extract<Order, { type: 'start' }>): Promise<void> {
    this.#run = run;
    this.#engine = undefined;
    const { calculator } = await this.#loaded;
    if (this.#run !== run) return;
    this.#guarded(() => {
      this.#engine = new Engine(calculator, atoms, settings);
      this.#engine.resume();
      this.#show();
      this.#continue();
    });
  }

  #change(settings: Settings): void {
    this.#guarded(() => this.#engine?.change(settings));
  }

  #continue(): void {
    if (!this.#playing || this.#turning || this.#engine === undefined) return;
    this.#turning = true;
    this.#turn.port2.postMessage(null);
  }

  #slice(): void {
    const engine = this.#engine;
    if (!this.#playing || engine === undefined) return;
    this.#guarded(() => {
      engine.advance(SLICE);
      if (performance.now() - this.#lastFrame >= FRAME_INTERVAL) this.#show();
      this.#continue();
    });
  }

  #show(): void {
    if (this.#engine === undefined) return;
    this.#lastFrame = performance.now();
    const { positions, sample } = this.#engine.snapshot();
    tell({ type: 'frame', run: this.#run, positions, sample }, [positions.buffer]);
  }

  /** Does what may fail because of the structure: the run ends, the page is told. */
  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#show();
      this.#engine = undefined;
      this.#playing = false;
      tell({ type: 'stopped', run: this.#run, trouble: troubleOf(error) });
    }
  }
}

function factsOf({ name, student }: Delivery, backend: string): StudentFacts {
  const { features, interactions, cutoff } = student.config;
  return {
    name,
    parameters: countParameters(student.config),
    features,
    interactions,
    cutoff,
    elements: trainedElements(student.baseline).map(symbolOf),
    backend,
  };
}

function tell(news: News, transfer: Transferable[] = []): void {
  globalThis.postMessage(news, { transfer });
}

const runner = new Runner(new URL('.', globalThis.location.href));
globalThis.addEventListener('message', ({ data }: MessageEvent<Order>) => {
  void runner.obey(data);
});
