// Alerts while no page is open.
import { enqueue, flush } from '../offline/queue.ts';
import { keepTold } from './family.ts';
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
  quiet?: boolean;
  clear?: boolean;
}

const ANSWERS = [
  { action: 'on_my_way', title: 'On my way' },
  { action: 'cannot_come', title: 'I cannot come' },
];

function show(told: Told): Promise<void> {
  const name = told.title || (told.kind ?? 'alert').replaceAll('_', ' ');
  const said = told.mode === 'drill' ? 'DRILL: ' : told.mode === 'test' ? 'TEST: ' : '';
  const mode = name.toUpperCase().startsWith(said.slice(0, 4).trim()) ? '' : said; // the sender says it too
  // What a family need not know at once comes as the phone itself would have it, and replaces its former self silently.
  const isRoutine = told.kind === 'notice' && told.quiet === true;
  const place = [told.site_name, told.place_name].filter(Boolean).join(', ');
  const options = {
    body: [told.directive, place, told.body].filter(Boolean).join('\n'),
    tag: told.press ?? told.url ?? 'watchbell', // an all-clear takes its alarm's place
    renotify: !isRoutine,
    requireInteraction: !isRoutine && told.kind !== undefined,
    ...(isRoutine ? {} : { vibrate: told.quiet ? [120, 80, 120] : [400, 200, 400, 200, 400] }),
    actions: told.quiet && !told.clear && told.kind !== 'notice' ? ANSWERS : [],
    icon: `${ASSETS}icon-192.png`,
    badge: `${ASSETS}icon-192.png`,
    data: { press: told.press, url: told.url ?? (told.press ? `/incidents/press/${told.press}` : '/') },
  };
  return worker.registration.showNotification(mode + name, options);
}

/** One tap answers, page or no page; kept on the device until it is sent. */
async function answer(press: string, what: string): Promise<void> {
  const key = crypto.randomUUID();
  const headers = { 'Content-Type': 'application/json', Authorization: 'Ticket {kept:press-ticket}' };
  await enqueue({
    key,
    kind: 'answer',
    url: '/live/confirm',
    method: 'POST',
    headers,
    body: JSON.stringify({ press, what, key }),
    made_at: Date.now(),
    stale_ms: 600_000,
    renew: { name: 'press-ticket', url: '/press/ticket' },
  });
  await flush();
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
    event.waitUntil(Promise.all([show(told), keepTold(told)]));
  });
  worker.addEventListener('notificationclick', (event) => {
    event.notification.close();
    const press = event.notification.data?.press as string | undefined;
    if (event.action && press) return event.waitUntil(answer(press, event.action));
    event.waitUntil(open(new URL(event.notification.data?.url ?? '/', location.origin).href));
  });
}
