// Fetched ahead, while there is a network: the cards, the check-in page, and today's own class lists.
import { keepLists, keptLists, type Kept } from './lists.ts';

const DONE = 'wb.ahead';
const AGAIN_MS = 20 * 60_000;
const PAGES = ['/cards', '/check-in'];

export async function fetchLists(url = '/check-in/lists'): Promise<Kept | null> {
  const answer = await fetch(url, {
    headers: { Accept: 'application/json' },
    cache: 'no-store',
    signal: AbortSignal.timeout(6000),
  });
  if (!answer.ok || answer.redirected) return null;
  const fresh = (await answer.json()) as Kept;
  const before = await keptLists(fresh.reporter);
  fresh.words = before?.words;
  await keepLists(fresh).catch(() => undefined);
  return fresh;
}

/** Links on the page shown without a network, to what this device has kept. */
export async function offerKept(): Promise<void> {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-if-kept]'))
    link.hidden = !(await caches.match(link.pathname).catch(() => undefined));
}

/** Once after sign-in, and again now and then. */
export async function fetchAhead(): Promise<void> {
  if (!document.documentElement.dataset.worker || !('serviceWorker' in navigator) || !navigator.onLine) return;
  if (!document.querySelector(`a[href="${PAGES[0]}"]`)) return; // whom nothing of this is meant for
  if (Date.now() - Number(sessionStorage.getItem(DONE) ?? 0) < AGAIN_MS) return;
  try {
    const worker = await navigator.serviceWorker.ready;
    worker.active?.postMessage({ keep: PAGES });
    if (document.documentElement.hasAttribute('data-lists') && !document.querySelector('[data-roll]'))
      await fetchLists();
    sessionStorage.setItem(DONE, String(Date.now()));
  } catch {
    // no network just now: the next page tries again
  }
}
