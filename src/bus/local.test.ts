import { describeBus } from './bus.contract.ts';
import { LocalBus } from './local.ts';

describeBus('one node', async () => {
  const bus = new LocalBus();
  let position = 0;
  return {
    buses: [bus],
    async commit() {
      const user = { id: 'ann', email: '', role: 'USER', name: 'Ann' };
      return { position: ++position, at: 1, event: { type: 'UserChanged', user } };
    },
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
});
