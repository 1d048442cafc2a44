// Network first for pages; the press page and the assets are kept for the moment without a network.
import { flush } from '../offline/queue.ts';
import { forget } from '../offline/store.ts';
import { ASSETS, worker } from './scope.ts';

const STAMP = '__STAMP__';
const KEPT = '__KEPT__'.split(' ');
const PRESS = '/press';
const OFFLINE = '/offline';
const NAME = `wb-${STAMP}`;
const PATIENCE_MS = 5000;
/** So long a sign-out waits for what the device has not sent yet. The page has asked the person before (islands/leave). */
const SENDING_MS = 3000;
const isLeave = (path: string): boolean => path.startsWith('/accounts/logout') || path === '/family/sign-out';

/** Pages opened without a network as they were last seen: exact paths. A module adds its own before install. */
export const keptPages = new Set<string>([PRESS]);
/** How long a kept page waits for the network, where it is less than PATIENCE_MS. */
export const patienceMs = new Map<string, number>();
/** The same for paths that hold an id. */
export const keptPaths: RegExp[] = [];
/** A page that is not kept itself: without a network, `page` stands in for it and fills itself from what the device has. */
export interface Shell {
  page: string;
  fits: (path: string) => boolean;
  /** Whether the device has what would be shown. */
  has: (path: string) => Promise<boolean>;
  /** How long the network is waited for where it has. */
  patienceMs: number;
  answered?: (path: string, status: number) => Promise<void>;
}
export const shells: Shell[] = [];
/** What else is forgotten when somebody signs out. */
export const leaving: (() => Promise<void>)[] = [];
const isKept = (path: string): boolean => keptPages.has(path) || keptPaths.some((pattern) => pattern.test(path));

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  // One missing file must not keep the worker from standing ready for the others.
  await Promise.allSettled(
    [...KEPT.map((file) => ASSETS + file), OFFLINE, ...shells.map((shell) => shell.page)].map((url) => cache.add(url)),
  );
  await Promise.all([...keptPages].map((path) => keepPage(cache, path)));
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  const now = await caches.open(NAME);
  for (const name of await caches.keys()) {
    if (!name.startsWith('wb-') || name === NAME) continue;
    // A page the new worker could not fetch is better old than missing.
    const before = await caches.open(name);
    for (const path of keptPages) {
      const page = (await now.match(path)) ? undefined : await before.match(path);
      if (page) await now.put(path, page);
    }
    await caches.delete(name);
  }
  await worker.clients.claim();
}

/** A page is kept only as the signed-in person sees it, never a sign-in page in its place. */
export async function keepPage(cache: Cache, path: string): Promise<void> {
  try {
    const answer = await fetch(path, { credentials: 'same-origin', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected) await cache.put(path, answer);
  } catch {
    // without a network there is nothing to keep
  }
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const path = new URL(request.url).pathname;
  const held = isKept(path);
  const isLeaving = request.method === 'POST' && isLeave(path);
  try {
    if (isLeaving) await Promise.race([flush(), new Promise((done) => setTimeout(done, SENDING_MS))]);
    const answer = await fetch(
      request,
      held ? { signal: AbortSignal.timeout(patienceMs.get(path) ?? PATIENCE_MS) } : undefined,
    );
    if (held && answer.ok && !answer.redirected) await cache.put(path, answer.clone());
    if (isLeaving && (answer.ok || answer.type === 'opaqueredirect')) await leave(cache); // an error has signed nobody out
    return answer;
  } catch {
    return (held && (await cache.match(path))) || (await cache.match(OFFLINE)) || Response.error();
  }
}

/** Signed out: the next person of this device finds nothing of the last one. */
async function leave(cache: Cache): Promise<void> {
  for (const request of await cache.keys()) if (isKept(new URL(request.url).pathname)) await cache.delete(request);
  await Promise.allSettled([forget(), ...leaving.map((act) => act())]);
}

/** The server's page, or in its place the shell: when the network is too slow for what the device has already, or away. */
async function stand(request: Request, path: string, shell: Shell): Promise<Response> {
  const has = await shell.has(path).catch(() => false);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), has ? shell.patienceMs : PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    clearTimeout(timer); // an answer that has begun may take its time
    if (has && answer.status >= 500) throw new Error('the server is away');
    await shell.answered?.(path, answer.status);
    return answer;
  } catch {
    const cache = await caches.open(NAME);
    return (await cache.match(shell.page)) || (await cache.match(OFFLINE)) || Response.error();
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

export function keepPages(): void {
  worker.addEventListener('install', (event) => event.waitUntil(install()));
  worker.addEventListener('activate', (event) => event.waitUntil(activate()));
  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (url.origin !== location.origin) return;
    const isLeaving = request.method === 'POST' && isLeave(url.pathname);
    const shell =
      request.mode === 'navigate' && request.method === 'GET'
        ? shells.find((one) => one.fits(url.pathname))
        : undefined;
    if (shell) event.respondWith(stand(request, url.pathname, shell));
    else if (request.mode === 'navigate' && (request.method === 'GET' || isLeaving)) event.respondWith(page(request));
    else if (request.method === 'GET' && url.pathname.startsWith(ASSETS)) event.respondWith(asset(request));
  });
  // A page just signed in asks for its own to be kept.
  worker.addEventListener('message', (event) => {
    const told = event.data as { keep?: string[] };
    const wanted = (told.keep ?? []).filter((path) => typeof path === 'string' && isKept(path));
    if (wanted.length)
      event.waitUntil(caches.open(NAME).then((cache) => Promise.all(wanted.map((path) => keepPage(cache, path)))));
  });
}
