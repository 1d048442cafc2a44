// Alerts on this device: permission is asked when the person asks for it, never before.
import { csrfToken } from '../kit.ts';

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));

export type Subscribed = '' | 'unsupported' | 'denied' | 'refused';
const SAID: Record<Exclude<Subscribed, ''>, string> = {
  unsupported:
    'This browser cannot take alerts while it is closed. On an iPhone, add Watchbell to the home screen first.',
  denied:
    'The browser was told not to show alerts. Allow notifications for this address in its settings, then try again.',
  refused: 'Watchbell did not take this device. Reload the page and try again.',
};
export const canSubscribe = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

/** Asks the person, then the browser, then tells the server; "" when this device takes pushes from now on. Throws without a push host. */
export async function subscribe(key: string, url: string): Promise<Subscribed> {
  if (!canSubscribe()) return 'unsupported';
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  const worker = await navigator.serviceWorker.ready;
  const found = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
  const { endpoint, keys } = found.toJSON();
  const body = new URLSearchParams({ endpoint: endpoint ?? '', p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' });
  const answer = await fetch(url, { method: 'POST', body, headers: { 'X-CSRFToken': csrfToken() } });
  return answer.ok ? '' : 'refused';
}

export function armPush(): void {
  const box = document.querySelector<HTMLElement>('[data-push]');
  const button = box?.querySelector<HTMLButtonElement>('[data-push-on]');
  const told = box?.querySelector<HTMLElement>('[data-push-told]');
  button?.addEventListener('click', async () => {
    button.disabled = true;
    const problem = await subscribe(box!.dataset.push!, box!.dataset.pushUrl!)
      .then((one) => one && SAID[one])
      .catch(
        () =>
          "The browser's push host cannot be reached from here. Check the network and try again; open screens are alerted all the same.",
      );
    button.disabled = false;
    if (!problem) return location.reload();
    told!.textContent = problem;
    told!.hidden = false;
  });
}
