// The provider contract on the fake.
import { createFakeProvider } from '../support/fakeProvider.ts';
import { testProvider } from './providerSuite.ts';

testProvider('fake', async () => {
  const provider = createFakeProvider();
  return { provider, finish: () => provider.pending.at(-1)!.finish(), close: async () => provider.dispose(), full: false };
});
