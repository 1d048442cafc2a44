// The service worker: network first for pages; the press page and the assets are kept for the moment without a network.
/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope;

const STAMP = '__STAMP__';
const KEPT = ['__KEPT__'];
const ASSETS = '/static/console/dist/';
const PRESS = '/press';
const OFFLINE = '/offline';
const NAME = `wb-${STAMP}`;
const PATIENCE_MS = 5000;

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      // One missing file must not keep the worker from standing ready for the others.
      await Promise.allSettled([...KEPT.map((file) => ASSETS + file), OFFLINE].map((url) => cache.add(url)));
      await keepPress(cache);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith('wb-') && name !== NAME) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

/** The press page is kept only as the signed-in person sees it, never a sign-in page in its place. */
async function keepPress(cache: Cache): Promise<void> {
  try {
    const answer = await fetch(PRESS, { credentials: 'same-origin' });
    if (answer.ok && !answer.redirected) await cache.put(PRESS, answer);
  } catch {
    // without a network there is nothing to keep
  }
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const path = new URL(request.url).pathname;
  const isPress = path === PRESS;
  try {
    const answer = await fetch(request, isPress ? { signal: AbortSignal.timeout(PATIENCE_MS) } : undefined);
    if (isPress && answer.ok && !answer.redirected) await cache.put(PRESS, answer.clone());
    if (path.startsWith('/accounts/logout')) await cache.delete(PRESS);
    return answer;
  } catch {
    return (isPress && (await cache.match(PRESS))) || (await cache.match(OFFLINE)) || Response.error();
  }
}

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && /-[\w-]{8}\.\w+$/.test(new URL(request.url).pathname)) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (url.pathname.startsWith(ASSETS)) event.respondWith(asset(request));
});

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

self.addEventListener('push', (event) => {
  let told: Told = {};
  try {
    told = (event.data?.json() ?? {}) as Told;
  } catch {
    told = { body: event.data?.text() };
  }
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
  event.waitUntil(self.registration.showNotification(mode + name, options));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url ?? '/', location.origin).href;
  event.waitUntil(
    (async () => {
      const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
      const one = windows.find((client) => client.url === url) ?? windows[0];
      if (!one) return void (await self.clients.openWindow(url));
      await one.focus();
      if (one.url !== url) await one.navigate(url).catch(() => self.clients.openWindow(url));
    })(),
  );
});

export {};
