// Alerts while no page is open.
import { ASSETS, worker } from './scope.ts';

interface Told {
  press?: string;
  kind?: string;
  mode?: string;
  title?: string;
  directive?: string;
  body?: string;
  site_name?: string;
  place_name?: string;
  url?: string;
}

function show(told: Told): Promise<void> {
  const name = told.title || (told.kind ?? 'alert').replaceAll('_', ' ');
  const said = told.mode === 'drill' ? 'DRILL: ' : told.mode === 'test' ? 'TEST: ' : '';
  const mode = name.toUpperCase().startsWith(said.slice(0, 4).trim()) ? '' : said; // the sender says it too
  const place = [told.site_name, told.place_name].filter(Boolean).join(', ');
  const options = {
    body: [told.directive, place, told.body].filter(Boolean).join('\n'),
    tag: told.press ?? told.url ?? 'watchbell',
    renotify: true,
    requireInteraction: told.kind !== undefined,
    vibrate: [400, 200, 400, 200, 400],
    icon: `${ASSETS}icon-192.png`,
    badge: `${ASSETS}icon-192.png`,
    data: { url: told.url ?? (told.press ? `/incidents/press/${told.press}` : '/') },
  };
  return worker.registration.showNotification(mode + name, options);
}

async function open(url: string): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const one = windows.find((client) => client.url === url) ?? windows[0];
  if (!one) return void (await worker.clients.openWindow(url));
  await one.focus();
  if (one.url !== url) await one.navigate(url).catch(() => worker.clients.openWindow(url));
}

export function takePushes(): void {
  worker.addEventListener('push', (event) => {
    let told: Told = {};
    try {
      told = (event.data?.json() ?? {}) as Told;
    } catch {
      told = { body: event.data?.text() };
    }
    event.waitUntil(show(told));
  });
  worker.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(open(new URL(event.notification.data?.url ?? '/', location.origin).href));
  });
}
