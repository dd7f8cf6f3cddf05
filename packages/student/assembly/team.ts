import { Structure } from './layout';
import { runStage, stageCount } from './network';

// Threads that share the work of a call: each does a part, stage by stage, and nobody begins a stage
// before all have ended the one before.
//
// What they tell each other lies in `TEAM_BYTES` bytes (see src/fused/team.ts), zero at first. Words that
// threads wait for have a cache line each, and after them the number of those who sleep there:

/** Number of the job; another number is another job. */
const JOB: usize = 0;
/** Network and structure of the job. */
const NETWORK: usize = 16;
const STRUCTURE: usize = 20;
/** Twice the number of stages that all have ended, plus 1 where the last one failed in any part. */
const ENDED: usize = 64;
/** How many have ended the stage under way, and FAILED for each in whose part it failed. */
const ARRIVED: usize = 128;
/** Not 0: the team is at its end, by request or because one of its threads is. */
const STOP: usize = 192;

const FAILED: i32 = 0x10000;
const ARRIVED_MASK: i32 = 0xffff;

/** Of a word that others wait for: how many sleep. */
const SLEEPERS: usize = 4;

/**
 * How often a thread looks at a word before it sleeps: a look takes 0.5 ns, so 200 us. Parts of a stage end
 * within less than that of one another, and to wake on another core takes some 50 us. But who looks keeps a
 * core busy that the other may need, where somebody else has its core; so each sleep halves the number, down
 * to 50 us (with less, threads that were slow to wake would go on to wait for each other asleep). A
 * look that finds something shows that both have cores.
 */
const MOST_LOOKS: i32 = 400000;
const LEAST_LOOKS: i32 = 100000;
/** Of this thread: globals belong to an instance, and so to a thread. */
let looks: i32 = MOST_LOOKS;

/** A tenth of a second, in nanoseconds. */
const SLICE: i64 = 100000000;
/** About as long for one that must not sleep, in looks at a word. */
const LOOKS_A_SLICE: i32 = 200000000;

/** No thread waits longer than for ever. */
const FOR_EVER: i32 = i32.MAX_VALUE;

/** Result of a call whose team has lost a thread. */
const LOST: i32 = -2;

/**
 * What a thread does that helps: part `part` of each job, until the team is at its end. It may sleep, and so
 * must not be the thread of a page.
 */
export function work(sync: usize, part: usize): void {
  let job: i32 = 0;
  while (changed(sync, sync + JOB, job, 1, FOR_EVER)) {
    job = atomic.load<i32>(sync + JOB);
    const network = load<usize>(sync + NETWORK);
    const structure = load<usize>(sync + STRUCTURE);
    if (doPart(sync, network, structure, part, 1, FOR_EVER) == LOST) return;
  }
}

/**
 * What the calling thread does: part 0, when it has told the others. The structure has as many parts as the
 * team has threads.
 *
 * @param sleep 0: only look again and again, as the thread of a page must
 * @param patience how many tenths of a second to wait for the others at the end of a stage
 * @returns 0; -1 where two atoms are at one place; -2 where a thread is lost: it has not come to the end of
 *   a stage for that long, or has told that it ends. The team is of no use any more then.
 */
export function lead(
  sync: usize,
  network: usize,
  structure: usize,
  sleep: i32,
  patience: i32,
): i32 {
  store<usize>(sync + NETWORK, network);
  store<usize>(sync + STRUCTURE, structure);
  change(sync + JOB, atomic.load<i32>(sync + JOB) + 1);
  return doPart(sync, network, structure, 0, sleep, patience);
}

/** Ends the team: all leave `work`, also from within a stage's end that others do not reach. */
export function stop(sync: usize): void {
  atomic.store<i32>(sync + STOP, 1);
  change(sync + JOB, atomic.load<i32>(sync + JOB) + 1);
  change(sync + ENDED, atomic.load<i32>(sync + ENDED) + 2);
}

/** All stages of a part; 0, -1 where a stage failed in any part, or -2. */
function doPart(
  sync: usize,
  network: usize,
  structure: usize,
  part: usize,
  sleep: i32,
  patience: i32,
): i32 {
  const parts = <i32>changetype<Structure>(structure).parts;
  const stages = stageCount(network);
  for (let stage: usize = 0; stage < stages; stage++) {
    const failed = runStage(network, structure, part, stage) != 0;
    const result = meet(sync, parts, failed, sleep, patience);
    if (result != 0) return result;
  }
  return 0;
}

/** Waits until all are here; 0, -1 where anybody failed, or -2. */
function meet(sync: usize, parts: i32, failed: bool, sleep: i32, patience: i32): i32 {
  const before = atomic.load<i32>(sync + ENDED);
  const mine = failed ? FAILED + 1 : 1;
  const arrived = atomic.add<i32>(sync + ARRIVED, mine) + mine;
  let after: i32;
  if ((arrived & ARRIVED_MASK) == parts) {
    atomic.store<i32>(sync + ARRIVED, 0);
    after = (before & ~1) + (arrived > ARRIVED_MASK ? 3 : 2);
    change(sync + ENDED, after);
  } else {
    if (!changed(sync, sync + ENDED, before, sleep, patience)) return LOST;
    // Nobody can change it again before this thread has come to the end of the next stage.
    after = atomic.load<i32>(sync + ENDED);
  }
  return -(after & 1);
}

/** Changes a word and wakes those who sleep until it does. */
function change(word: usize, value: i32): void {
  atomic.store<i32>(word, value);
  // Whoever has counted itself too late to be seen here finds the new value instead of falling asleep.
  if (atomic.load<i32>(word + SLEEPERS) > 0) atomic.notify(word, -1);
}

/** Waits until a word has another value than `old`; false where the team is at its end before that. */
function changed(sync: usize, word: usize, old: i32, sleep: i32, patience: i32): bool {
  for (let k = looks; k > 0; k--) {
    if (atomic.load<i32>(word) == old) continue;
    looks = MOST_LOOKS;
    return !stopped(sync);
  }
  return sleep ? changedAsleep(sync, word, old, patience) : changedAwake(sync, word, old, patience);
}

function changedAsleep(sync: usize, word: usize, old: i32, patience: i32): bool {
  // `stop` changes the words, so that nobody needs to wake up just to see whether it was called.
  looks = max(looks >> 1, LEAST_LOOKS);
  const slice: i64 = patience == FOR_EVER ? -1 : SLICE;
  atomic.add<i32>(word + SLEEPERS, 1);
  while (patience > 0) {
    // The load after it keeps the result out of an expression: V8's baseline compiler (Node 20) forgets
    // what else is on the operand stack when it waits.
    const result = atomic.wait<i32>(word, old, slice);
    if (atomic.load<i32>(word) != old) break;
    if (result == AtomicWaitResult.TIMED_OUT) patience--;
  }
  atomic.sub<i32>(word + SLEEPERS, 1);
  return patience > 0 && !stopped(sync);
}

function changedAwake(sync: usize, word: usize, old: i32, patience: i32): bool {
  for (; patience > 0 && !stopped(sync); patience--) {
    for (let k = 0; k < LOOKS_A_SLICE; k++) {
      if (atomic.load<i32>(word) != old) return !stopped(sync);
    }
  }
  return false;
}

function stopped(sync: usize): bool {
  return atomic.load<i32>(sync + STOP) != 0;
}
