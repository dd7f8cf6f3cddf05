/** A student that trains in a second. */
export const TRAIN_YAML = `
name: tiny-molecules
seed: 3
dataset: data.h5
split: { train: 0.6, validation: 0.2, test: 0.2 }
student: { features: 8, interactions: 1, radialBasis: { type: bessel, count: 8 }, cutoff: 3.5 }
training:
  epochs: 6
  batchSize: 4
  optimizer: { learningRate: 0.01 }
  ema: { decay: 0.9 }
  logEvery: 5
  checkpoint: { everySteps: 10 }
teacher: { name: Morse, license: an equation, citation: P. M. Morse, studentLicense: mit }
dynamics: { picoseconds: 0.05, temperature: 50 }
benchmark: { calls: 5 }
gates: { forceR2: -100, nveSlope: 100000 }
`;
