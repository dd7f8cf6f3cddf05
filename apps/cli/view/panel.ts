import { countText, driftText, paceText, rateText, timeText } from './format.ts';
import type { Sample, Settings, StartStructure, StudentFacts, Trouble } from './protocol.ts';

/** Looks up an element of the page that must be there. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`the page has no ${kind.name} #${id}`);
}

const text = (id: string, value: string): void => {
  element(id, HTMLElement).textContent = value;
};

/** What the panel is told when its reader does something. */
export interface PanelActions {
  readonly onToggle: () => void;
  readonly onReset: () => void;
  readonly onSettings: () => void;
  readonly onStructure: (index: number) => void;
  readonly onFile: (file: File) => void;
}

/** Controls, readings and messages. */
export class Panel {
  readonly #play = element('play', HTMLButtonElement);
  readonly #reset = element('reset', HTMLButtonElement);
  readonly #structure = element('structure', HTMLSelectElement);
  readonly #temperature = element('temperature', HTMLInputElement);
  readonly #timestep = element('timestep', HTMLInputElement);
  readonly #thermostat = element('thermostat', HTMLInputElement);
  readonly #file = element('file', HTMLInputElement);

  constructor(actions: PanelActions) {
    this.#play.addEventListener('click', actions.onToggle);
    this.#reset.addEventListener('click', actions.onReset);
    this.#structure.addEventListener('change', () => {
      actions.onStructure(this.#structure.selectedIndex);
    });
    for (const control of [this.#temperature, this.#timestep, this.#thermostat]) {
      control.addEventListener('input', () => {
        this.#showSettings();
        actions.onSettings();
      });
    }
    this.#file.addEventListener('change', () => {
      const file = this.#file.files?.[0];
      if (file !== undefined) actions.onFile(file);
      this.#file.value = '';
    });
    element('controls', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
    });
    acceptDrops(element('stage', HTMLElement), actions.onFile);
    this.#showSettings();
  }

  get settings(): Settings {
    return {
      temperature: Number(this.#temperature.value),
      timestep: Number(this.#timestep.value),
      thermostat: this.#thermostat.checked,
    };
  }

  introduce(facts: StudentFacts): void {
    document.title = facts.name;
    text('name', facts.name);
    const size = `${facts.features} features × ${facts.interactions} interactions`;
    text(
      'facts',
      `PaiNN, ${countText(facts.parameters)} parameters (${size}), ` +
        `${facts.elements.join(' ')}, cutoff ${facts.cutoff} Å`,
    );
    text('backend', ` (WebAssembly, ${facts.backend})`);
    this.#play.disabled = false;
    this.#reset.disabled = false;
    this.#structure.disabled = false;
  }

  /** Lists the structures and marks the chosen one. */
  list(structures: readonly StartStructure[], chosen: number): void {
    this.#structure.replaceChildren(
      ...structures.map(({ label }, k) => new Option(label, String(k), false, k === chosen)),
    );
  }

  showPlaying(playing: boolean): void {
    this.#play.textContent = playing ? 'Pause' : 'Run';
    document.body.dataset.state = playing ? 'running' : 'paused';
  }

  showSample(sample: Sample): void {
    text('time', timeText(sample.time));
    text('step', countText(sample.step));
    text('kelvin', sample.temperature.toFixed(0));
    text('total', sample.total.toFixed(3));
    text('drift', driftText(sample.drift));
    if (sample.stepsPerSecond > 0) {
      text('rate', rateText(sample.stepsPerSecond));
      text('pace', paceText(sample.nsPerDay));
    }
  }

  /** Takes away the readings of the last run. */
  clear(): void {
    for (const id of ['rate', 'pace', 'step', 'kelvin', 'total', 'drift']) text(id, '–');
    text('time', timeText(0));
  }

  showTrouble(trouble: Trouble | undefined): void {
    element('trouble', HTMLElement).hidden = trouble === undefined;
    if (trouble === undefined) return;
    const { expected, found, hint } = trouble;
    const details = [
      expected === undefined ? '' : `Expected: ${expected}.`,
      found === undefined ? '' : `Found: ${found}.`,
      hint ?? '',
    ];
    text('trouble-message', trouble.message);
    text('trouble-details', details.filter((part) => part !== '').join(' '));
  }

  #showSettings(): void {
    const { temperature, timestep, thermostat } = this.settings;
    text('temperature-value', `${temperature} K`);
    text('timestep-value', `${timestep} fs`);
    text(
      'hint',
      thermostat
        ? 'The thermostat holds this temperature.'
        : 'At constant energy the temperature sets the velocities at the start: press Reset.',
    );
  }
}

function acceptDrops(target: HTMLElement, onFile: (file: File) => void): void {
  const sign = element('drop', HTMLElement);
  target.addEventListener('dragover', (event) => {
    event.preventDefault();
    sign.hidden = false;
  });
  target.addEventListener('dragleave', () => {
    sign.hidden = true;
  });
  target.addEventListener('drop', (event) => {
    event.preventDefault();
    sign.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) onFile(file);
  });
}
