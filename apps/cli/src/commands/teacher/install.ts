import { installTeacherEnvironment } from '@mlffd/teachers';
import type { CommandIo } from '../../terminal/io.ts';

/** `mlffd teacher install`: a Python environment with the pinned packages of a teacher. */
export async function teacherInstallCommand(
  name: string,
  flags: { readonly folder?: string; readonly python?: string },
  io: CommandIo,
): Promise<void> {
  const { python, made } = await installTeacherEnvironment(name, flags.folder, {
    ...(flags.python === undefined ? {} : { python: flags.python }),
    signal: io.signal,
    onEvent: ({ command }) => io.stdout.write(`$ ${command}\n`),
  });
  io.stdout.write(`${made ? 'made' : 'is there already'}: ${python}\n`);
}
