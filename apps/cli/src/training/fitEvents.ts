import type { Metrics, TrainEvent } from '@mlffd/train';
import type { StageContext } from '../pipeline/stage.ts';

/** Structures between two notes while their neighbours are computed: some seconds. */
const PREPARED = 10_000;

/** Turns what a trainer tells into progress and notes; one per training. */
export class FitReporter {
  readonly #context: StageContext;
  readonly #epochs: number | undefined;
  #validated = '';
  #steps = 0;

  /** @param epochs length of the training, if it is given in epochs */
  constructor(context: StageContext, epochs: number | undefined) {
    this.#context = context;
    this.#epochs = epochs;
  }

  readonly onEvent = (event: TrainEvent): void => {
    const { note } = this.#context;
    switch (event.type) {
      case 'prepare':
        // Not as progress: the rate would mix structures and steps.
        if (event.done % PREPARED === 0) {
          const set = event.set === 'train' ? 'training' : 'validation';
          note(
            `${event.done.toLocaleString('en')} of ${event.total.toLocaleString('en')} structures prepared for ${set}`,
          );
        }
        break;
      case 'step':
        this.#steps = event.steps;
        this.#progress(event.step, `epoch ${event.epoch + 1}, loss ${event.loss.toPrecision(2)}`);
        break;
      case 'epoch': {
        const { epoch, step, loss, validation } = event.point;
        if (validation !== null) this.#validated = validationText(validation);
        this.#steps = Math.max(step, this.#totalOf(epoch, step));
        this.#progress(step, `epoch ${epoch}, loss ${loss.toPrecision(2)}`);
        break;
      }
      case 'resumed':
        note(`going on from step ${event.step}`);
        break;
      case 'rollback':
        note(
          `diverged at step ${event.step}: back to ${event.to}, ${event.reason} (structure ${event.structure})`,
          'warning',
        );
        break;
      case 'checkpoint-rejected':
        note(`damaged checkpoint set aside: ${event.path}`, 'warning');
        break;
      case 'stage':
        if (event.stages > 1) {
          const { energy, forces } = event.loss;
          note(
            `stage ${event.stage + 1} of ${event.stages} from step ${event.step}: energy ${energy}, forces ${forces}`,
          );
        }
        break;
      case 'outlier':
        note(
          `structure ${event.structure} left out of step ${event.step}: ${event.reason}`,
          'warning',
        );
        break;
      case 'warning':
        note(event.message, 'warning');
        break;
      default:
        break;
    }
  };

  #totalOf(epoch: number, step: number): number {
    if (this.#epochs === undefined || epoch === 0) return this.#steps;
    return Math.round((step * this.#epochs) / epoch);
  }

  #progress(done: number, detail: string): void {
    this.#context.progress({
      done,
      total: Math.max(done, this.#steps),
      unit: 'steps',
      detail: this.#validated === '' ? detail : `${detail}, ${this.#validated}`,
    });
  }
}

/** `validation force MAE 14.2 meV/A, energy MAE 1.3 meV/atom`. */
function validationText({ force_mae_meV_A: force, energy_mae_meV_atom: energy }: Metrics): string {
  const parts = [
    force === null ? '' : `force MAE ${force.toFixed(1)} meV/A`,
    energy === null ? '' : `energy MAE ${energy.toPrecision(2)} meV/atom`,
  ];
  return `validation ${parts.filter((part) => part !== '').join(', ')}`;
}
