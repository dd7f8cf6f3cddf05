import type { Check } from '../check.ts';
import { bondStretches } from './bondStretches.ts';
import { diffusion } from './diffusion.ts';
import { dimers } from './dimers.ts';
import { driftOwner } from './driftOwner.ts';
import { elements } from './elements.ts';
import { energyConservation } from './energyConservation.ts';
import { extensiveness } from './extensiveness.ts';
import { forcesAlong } from './forcesAlong.ts';
import { frequencies } from './frequencies.ts';
import { gradient } from './gradient.ts';
import { invariance } from './invariance.ts';
import { mechanics } from './mechanics.ts';
import { minima } from './minima.ts';
import { precision } from './precision.ts';
import { stability } from './stability.ts';
import { structure } from './structure.ts';
import { vibrationSpectrum } from './vibrationSpectrum.ts';
import { volumes } from './volumes.ts';

/** Every check, in the order of a report; cheap ones and those that others depend on first. */
export const CHECKS: readonly Check[] = [
  elements,
  stability,
  forcesAlong('student'),
  forcesAlong('teacher'),
  energyConservation,
  gradient,
  mechanics,
  invariance,
  precision,
  extensiveness,
  minima,
  structure,
  vibrationSpectrum,
  diffusion,
  dimers,
  bondStretches,
  volumes,
  frequencies,
  driftOwner,
];
