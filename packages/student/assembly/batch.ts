import { addPairForces } from './forces';
import { Member, MEMBER_BYTES, Network, Part, Structure } from './layout';
import { runStage, stageCount, start } from './network';
import { addFromAll, addFromCandidates } from './pairs';
import { collectForces, partOf } from './parts';

/** Stages behind those of the blocks: forces and their sums. */
const LAST_STAGES: usize = 2;

/**
 * Computes several structures as one structure of one part, where pairs are only within each. One with
 * atoms at one place gets no pairs and is marked; the others are not concerned.
 */
export function runBatch(networkAt: usize, structureAt: usize, members: usize, count: usize): void {
  const network = changetype<Network>(networkAt);
  const structure = changetype<Structure>(structureAt);
  const part = partOf(structure, 0);
  part.pairCount = 0;
  for (let k: usize = 0; k < count; k++)
    placeMember(network, structure, part, memberOf(members, k));
  start(network, structure, part);
  const end = stageCount(networkAt) - LAST_STAGES;
  for (let stage: usize = 1; stage < end; stage++) runStage(networkAt, structureAt, 0, stage);
  memory.fill(part.forces, 0, 24 * structure.atoms);
  for (let k: usize = 0; k < count; k++) forcesOf(network, part, memberOf(members, k));
  collectForces(structure, part);
}

function memberOf(members: usize, k: usize): Member {
  return changetype<Member>(members + k * MEMBER_BYTES);
}

function placeMember(network: Network, structure: Structure, part: Part, member: Member): void {
  const before = part.pairCount;
  let found: i32;
  if (member.all) {
    part.from = member.first;
    part.to = member.last;
    found = addFromAll(network, structure, part, member.last);
  } else {
    part.from = member.from;
    part.to = member.to;
    found = addFromCandidates(network, structure, part, <u32>member.first);
  }
  member.clash = found < 0 ? 1 : 0;
  if (found < 0) part.pairCount = before;
  member.firstPair = before;
  member.lastPair = part.pairCount;
}

function forcesOf(network: Network, part: Part, member: Member): void {
  addPairForces(network, part, member.firstPair, member.lastPair);
  member.xx = part.xx;
  member.yy = part.yy;
  member.zz = part.zz;
  member.yz = part.yz;
  member.xz = part.xz;
  member.xy = part.xy;
}
