// The table of filters that the fused back end makes by default.
import { Arena } from '../../../packages/student/dist/fused/arena.js';
import { FIRST_ADDRESS } from '../../../packages/student/dist/fused/kernels.js';
import { NetworkImage } from '../../../packages/student/dist/fused/networkImage.js';

const { WebAssembly } = globalThis;
const INTERVALS = 512;

/** Memory with a student in it, and the student's image. */
export function imageOf(student) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65_536 });
  const arena = new Arena(memory, FIRST_ADDRESS);
  return { memory, arena, image: new NetworkImage(arena, student, { intervals: INTERVALS }) };
}

/** Largest error of the table of any block: of filters and of slopes, as parts of the largest ones. */
export function tableError(student) {
  const { errors } = imageOf(student).image;
  const largest = (name) => Math.max(...errors.map((error) => error[name]));
  return { value: largest('value'), slope: largest('slope') };
}
