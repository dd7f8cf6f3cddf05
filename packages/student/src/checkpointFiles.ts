/** Files of a checkpoint folder. */
export const CHECKPOINT_FILES = {
  config: 'config.json',
  weights: 'model.safetensors',
  model: 'model.onnx',
  card: 'README.md',
  testVectors: 'test-vectors.json',
  /** Only where the student was calibrated. */
  uncertainty: 'uncertainty.safetensors',
  /** Only where it is known what the student was trained on. */
  domain: 'domain.json',
} as const;

/** Value of `format` in `config.json`. */
export const CHECKPOINT_FORMAT = 'mlffd-student';

/** Latest version of the format. */
export const CHECKPOINT_VERSION = 1;
