import { embed, prepareMessages, returnContext } from './context';
import { pairForces } from './forces';
import { Block, Network, Part, Structure } from './layout';
import { returnGradients } from './messageGradients';
import { sendMessages } from './messages';
import { mix } from './mixing';
import { returnMixing } from './mixingGradients';
import { collectForces, collectSums, partOf } from './parts';
import { placePairs } from './pairs';
import { radialFunctions } from './radial';
import { readOut } from './readout';

// A call goes through stages. Within a stage, parts of a structure do not read what another part writes,
// so that each thread can do its part; all must have ended before the next stage begins.

/** Stages beside those of the blocks: pairs, forces, sums of forces. */
const MORE_STAGES: usize = 3;

/** Number of stages of a call: two per block and direction, and three. */
export function stageCount(networkAt: usize): usize {
  return 4 * changetype<Network>(networkAt).interactions + MORE_STAGES;
}

/**
 * Does stage `stage` of one part of a structure.
 *
 * @returns 0, or -1 where two atoms are at one place (see `Part.clashA`)
 */
export function runStage(networkAt: usize, structureAt: usize, k: usize, stage: usize): i32 {
  const network = changetype<Network>(networkAt);
  const structure = changetype<Structure>(structureAt);
  const part = partOf(structure, k);
  const forward: usize = 2 * network.interactions;
  if (stage == 0) return begin(network, structure, part);
  stage -= 1;
  if (stage < forward) {
    const t = stage >> 1;
    if (stage & 1) advance(network, structure, part, t);
    else send(network, structure, part, t);
    return 0;
  }
  stage -= forward;
  if (stage < forward) {
    const t = network.interactions - 1 - (stage >> 1);
    if (stage & 1) retreat(network, structure, part, t);
    else giveBack(network, structure, part, t);
    return 0;
  }
  if (stage == forward) pairForces(network, structure, part);
  else collectForces(structure, part);
  return 0;
}

/** All stages of a structure that is one part; -1 where two atoms are at one place. */
export function runAll(networkAt: usize, structureAt: usize): i32 {
  const stages = stageCount(networkAt);
  for (let stage: usize = 0; stage < stages; stage++) {
    if (runStage(networkAt, structureAt, 0, stage) != 0) return -1;
  }
  return 0;
}

function blockOf(network: Network, t: usize): Block {
  return changetype<Block>(load<usize>(network.block + 4 * t));
}

/** Pairs, and the state before the first block. */
function begin(network: Network, structure: Structure, part: Part): i32 {
  if (placePairs(network, structure, part) < 0) return -1;
  start(network, structure, part);
  return 0;
}

/** What follows from the pairs, and the state before the first block. */
export function start(network: Network, structure: Structure, part: Part): void {
  if (network.exact) radialFunctions(network, part);
  memory.fill(part.pairGradients, 0, 16 * part.pairCount);
  embed(network, structure, part);
}

/** Messages of block t, onto sums that begin at zero; those of the first part begin at the state. */
function send(network: Network, structure: Structure, part: Part, t: usize): void {
  if (part.index > 0) memory.fill(part.sums, 0, structure.atoms * network.stateRow);
  sendMessages(network, blockOf(network, t), part, t == 0);
}

/** Gradients of the messages of block t. */
function giveBack(network: Network, structure: Structure, part: Part, t: usize): void {
  if (t > 0) memory.fill(part.backSums, 0, structure.atoms * network.messageRow);
  returnGradients(network, blockOf(network, t), structure, part, t == 0);
}

/** After the messages of block t: mixing, and what the atoms send next or the readout and the way back. */
function advance(network: Network, structure: Structure, part: Part, t: usize): void {
  collectSums(structure, part, network.stateRow, false);
  const block = blockOf(network, t);
  const last = t + 1 == network.interactions;
  mix(
    network,
    block,
    structure,
    part,
    last ? structure.current : blockOf(network, t + 1).state,
    last,
  );
  if (!last) {
    prepareMessages(network, blockOf(network, t + 1), structure, part);
    return;
  }
  readOut(network, structure, part);
  returnMixing(network, block, structure, part, true);
}

/** After the gradients of the messages of block t: the block before it. */
function retreat(network: Network, structure: Structure, part: Part, t: usize): void {
  if (t == 0) return;
  collectSums(structure, part, network.messageRow, true);
  returnContext(network, blockOf(network, t), structure, part, partOf(structure, 0).backSums);
  returnMixing(network, blockOf(network, t - 1), structure, part, false);
}
