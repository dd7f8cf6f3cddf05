import { run } from './run.ts';

/** Runs the program on the process's own arguments and streams; Ctrl-C and SIGTERM ask it to stop. */
export async function main(): Promise<number> {
  const controller = new AbortController();
  const stop = (): void => {
    // The second signal ends the process: the handler is gone by then.
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    process.stderr.write('\nstopping; what is finished is kept (press again to end at once)\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await run(process.argv.slice(2), {
      stdout: process.stdout,
      stderr: process.stderr,
      signal: controller.signal,
    });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
