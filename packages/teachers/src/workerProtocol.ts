import type { Atoms, Property, Results } from '@mlffd/core';
import type { TeacherSpec } from './createTeacher.ts';

/** What a worker thread is started with. */
export interface WorkerStart {
  readonly spec: TeacherSpec;
}

/** What a worker thread is asked; one request at a time. */
export type WorkerRequest =
  | { readonly type: 'calculate'; readonly atoms: Atoms; readonly wanted: readonly Property[] }
  | { readonly type: 'close' };

/** What the teacher says of itself. */
export interface TeacherFacts {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements: readonly number[] | undefined;
  readonly cutoff: number | undefined;
}

/** What a worker thread answers. */
export type WorkerReply =
  | { readonly type: 'ready'; readonly about: TeacherFacts }
  | { readonly type: 'results'; readonly results: Results }
  | {
      readonly type: 'failed';
      readonly name: string;
      readonly message: string;
      readonly code?: string;
      readonly details?: Readonly<
        Record<'expected' | 'found' | 'where' | 'hint', string | undefined>
      >;
    };
