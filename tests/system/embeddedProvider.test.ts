// The provider contract on live embedded clusters.
import { testProvider } from '../contract/providerSuite.ts';
import { openTestProvider } from '../support/liveProvider.ts';

testProvider('embedded', async () => {
  const live = await openTestProvider();
  return { provider: live.provider, close: async () => live[Symbol.asyncDispose](), full: true };
});
