// What waits on the device is sent by the worker when the browser says that the network is back, page or no page.
import { flush, waiting } from '../offline/queue.ts';
import { worker } from './scope.ts';

export function sendOutbox(): void {
  worker.addEventListener('sync', (event) => {
    const sync = event as ExtendableEvent & { tag: string };
    if (sync.tag === 'wb-outbox') sync.waitUntil(sendAll());
  });
}

/** Throws while something waits still, so that the browser asks again. */
async function sendAll(): Promise<void> {
  await flush();
  if ((await waiting()).some((one) => one.state === 'waiting')) throw new Error('not everything is sent yet');
}
