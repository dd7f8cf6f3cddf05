import { DriftPlot } from './driftPlot.ts';
import { element, Panel } from './panel.ts';
import type { News, Order, StartStructure } from './protocol.ts';
import { Scene } from './scene.ts';
import { structuresOf } from './studentFiles.ts';
import { troubleOf } from './trouble.ts';

/** Most frames of a dropped file that are offered. */
const MOST_FRAMES = 100;

/** The page: controls and drawing here, the model in a worker. */
class Page {
  readonly #worker = new Worker(new URL('worker.js', document.baseURI), { type: 'module' });
  readonly #plot = new DriftPlot(element('plot', HTMLCanvasElement));
  readonly #panel: Panel;
  #scene: Scene | undefined;
  #structures: readonly StartStructure[] = [];
  #chosen = 0;
  #run = 0;
  #playing = false;
  #frame: Extract<News, { type: 'frame' }> | undefined;

  constructor() {
    this.#panel = new Panel({
      onToggle: () => {
        this.#play(!this.#playing);
      },
      onReset: () => {
        this.#start();
      },
      onSettings: () => {
        this.#tell({ type: 'settings', settings: this.#panel.settings });
      },
      onStructure: (index) => {
        this.#chosen = index;
        this.#start();
      },
      onFile: (file) => void this.#open(file),
    });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<News>) => {
      this.#hear(data);
    });
    this.#worker.addEventListener('error', ({ message }) => {
      this.#stop({
        message: message === '' ? 'The worker did not start' : message,
        code: 'view/worker',
      });
    });
    this.#showPlaying(false);
  }

  #hear(news: News): void {
    switch (news.type) {
      case 'ready':
        this.#structures = news.structures;
        this.#panel.introduce(news.student);
        this.#panel.list(this.#structures, this.#chosen);
        this.#start();
        this.#play(true);
        break;
      case 'frame':
        if (news.run !== this.#run) return;
        this.#plot.add({ time: news.sample.time / 1000, drift: news.sample.drift });
        // Only the latest is drawn: the display may be slower than the model.
        if (this.#frame === undefined) {
          requestAnimationFrame(() => {
            this.#draw();
          });
        }
        this.#frame = news;
        break;
      case 'stopped':
        if (news.run === this.#run) this.#stop(news.trouble);
        break;
      case 'failed':
        this.#stop(news.trouble);
        break;
    }
  }

  #draw(): void {
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame?.run !== this.#run) return;
    this.#panel.showSample(frame.sample);
    this.#plot.draw();
    this.#scene?.move(frame.positions);
  }

  /** Begins a run of the chosen structure. */
  #start(): void {
    const { atoms } = this.#structures[this.#chosen];
    this.#run++;
    this.#panel.showTrouble(undefined);
    this.#panel.clear();
    this.#plot.clear();
    try {
      this.#scene ??= new Scene(element('scene', HTMLElement));
      this.#scene.show(atoms);
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      this.#panel.showTrouble({
        message: 'The structure cannot be drawn; the dynamics goes on',
        code: 'view/no-webgl',
        expected: 'a browser with WebGL',
        found,
      });
    }
    this.#tell({ type: 'start', run: this.#run, atoms, settings: this.#panel.settings });
  }

  #play(playing: boolean): void {
    // After a run that ended by itself there is nothing to go on with.
    if (playing && document.body.dataset.state === 'stopped') this.#start();
    this.#tell({ type: playing ? 'play' : 'pause' });
    this.#showPlaying(playing);
  }

  #stop(trouble: Parameters<Panel['showTrouble']>[0]): void {
    this.#showPlaying(false);
    document.body.dataset.state = 'stopped';
    this.#panel.showTrouble(trouble);
  }

  #showPlaying(playing: boolean): void {
    this.#playing = playing;
    this.#panel.showPlaying(playing);
  }

  async #open(file: File): Promise<void> {
    try {
      const opened = structuresOf(await file.text(), { where: file.name, origin: file.name }).slice(
        0,
        MOST_FRAMES,
      );
      this.#chosen = 0;
      this.#structures = [...opened, ...this.#structures];
      this.#panel.list(this.#structures, this.#chosen);
      this.#start();
    } catch (error) {
      this.#panel.showTrouble(troubleOf(error));
    }
  }

  #tell(order: Order): void {
    this.#worker.postMessage(order);
  }
}

new Page();
