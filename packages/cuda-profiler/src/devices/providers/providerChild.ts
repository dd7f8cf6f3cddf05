import { listBackends, type TrialReply, tryProvider } from './providerTrial.ts';

// A process of its own: a provider library that does not fit the driver may end it.
const [runtime, folder, provider]: readonly (string | undefined)[] = process.argv.slice(2);

async function reply(): Promise<TrialReply> {
  try {
    if (runtime === undefined || folder === undefined) throw new Error('arguments are missing');
    if (provider === undefined) return listBackends(runtime);
    return await tryProvider(runtime, provider, folder);
  } catch (error) {
    return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

process.send?.(await reply(), () => {
  // Threads of a provider may hold the process.
  process.exit(0);
});
