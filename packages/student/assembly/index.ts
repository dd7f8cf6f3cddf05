import { Lanes } from './lanes';
export function probe(a: usize): void {
  v128.store(a, Lanes.madd(v128.load(a), v128.load(a, 16), v128.load(a, 32)));
}
