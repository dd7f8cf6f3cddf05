export { runAll, runStage, stageCount } from './network';
