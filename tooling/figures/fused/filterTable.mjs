// The table of filters that the fused back end makes by default.
import { Arena } from '../../../packages/student/dist/fused/arena.js';
import { defaultIntervals } from '../../../packages/student/dist/fused/fusedPotential.js';
import { FIRST_ADDRESS } from '../../../packages/student/dist/fused/kernels.js';
import { NetworkImage } from '../../../packages/student/dist/fused/networkImage.js';

const { WebAssembly } = globalThis;

/** Memory with a student in it, and the student's image. */
export function imageOf(student) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65_536 });
  const arena = new Arena(memory, FIRST_ADDRESS);
  const intervals = defaultIntervals(student.config);
  return { memory, arena, image: new NetworkImage(arena, student, { intervals }) };
}

/** Largest error of the table of any block: of filters and of slopes, as parts of the largest ones. */
export function tableError(student) {
  const { errors } = imageOf(student).image;
  const largest = (name) => Math.max(...errors.map((error) => error[name]));
  return { value: largest('value'), slope: largest('slope') };
}
