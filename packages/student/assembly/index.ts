export { runBatch } from './batch';
export { candidateScratch, findCandidates, placeShifts } from './list/candidates';
export { candidatesHold } from './list/hold';
export { runAll, runStage, stageCount } from './network';
