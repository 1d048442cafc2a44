// The outbox: what a person did is on the device first, and sent until the server has it. Works in pages and in the worker.
import { all, find, kept, keep, put, remove, type Waiting } from './store.ts';

export type Outcome = 'queued' | 'sent' | 'away' | 'refused' | 'stale' | 'dropped';
export interface Told {
  key: string;
  kind: string;
  outcome: Outcome;
  /** HTTP status and body of the answer, where there was one. */
  status?: number;
  answer?: string;
  because?: string;
}

const SYNC = 'wb-outbox';
/** What a change by the session brings along: kept by every page, asked for anew when it no longer counts. */
export const FORM_TOKEN = 'form-token';
const FORM_TOKEN_URL = '/form-token';
const EVERY_MS = 1000;
const PATIENCE_MS = 6000;
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(SYNC) : null;
const listeners = new Set<(told: Told) => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let flushing: Promise<void> | null = null;
let again = false;

if (channel) channel.onmessage = (event) => hear(event.data as Told);

function hear(told: Told): void {
  for (const listener of listeners) listener(told);
}

function tell(told: Told): void {
  hear(told);
  channel?.postMessage(told);
}

/** Hears what becomes of everything of `kind`, whichever page or worker sends it. Returns how to stop. */
export function listen(kind: string, act: (told: Told) => void): () => void {
  const listener = (told: Told) => void (told.kind === kind && act(told));
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export type Made = Omit<Waiting, 'state' | 'tries' | 'because'>;

/** Keeps one request on the device, then sends it as soon as it can be. Resolves when it is on the device. */
export async function enqueue(made: Made): Promise<void> {
  const one: Waiting = { ...made, headers: { ...made.headers, 'Idempotency-Key': made.key }, state: 'waiting' };
  await put(one).catch(() => unkept.set(one.key, one)); // storage refused (a private window): it is sent from memory
  tell({ key: one.key, kind: one.kind, outcome: 'queued' });
  void askForSync();
  void flush();
}

const unkept = new Map<string, Waiting>();
const waiting = async (kind?: string): Promise<Waiting[]> => {
  const rows = await all(kind).catch(() => [] as Waiting[]);
  return [...unkept.values()].filter((one) => !kind || one.kind === kind).concat(rows);
};
export { waiting };

export async function drop(key: string): Promise<void> {
  const one = unkept.get(key) ?? (await find(key).catch(() => undefined));
  unkept.delete(key);
  await remove(key).catch(() => undefined);
  if (one) tell({ key, kind: one.kind, outcome: 'dropped' });
}

/** A stale or refused one is wanted after all: it counts as made now. */
export async function renewed(key: string, at: number): Promise<void> {
  const one = unkept.get(key) ?? (await find(key));
  if (!one) return;
  const fresh: Waiting = { ...one, made_at: at, state: 'waiting', because: '' };
  if (unkept.has(key)) unkept.set(key, fresh);
  else await put(fresh);
  void flush();
}

async function askForSync(): Promise<void> {
  try {
    const scope = globalThis as unknown as { registration?: ServiceWorkerRegistration };
    const found = scope.registration ?? (await navigator.serviceWorker?.ready);
    await (found as unknown as { sync?: { register(tag: string): Promise<void> } })?.sync?.register(SYNC);
  } catch {
    // no Background Sync here: the page's own tries go on
  }
}

/** One pass over what waits, one after the other; passes never overlap, here or in another page. */
export function flush(): Promise<void> {
  if (flushing) {
    again = true;
    return flushing;
  }
  const turn = async () => {
    do {
      again = false;
      await pass();
    } while (again);
  };
  const run = 'locks' in navigator ? navigator.locks.request(SYNC, turn) : turn();
  flushing = Promise.resolve(run)
    .then(() => undefined)
    .finally(() => (flushing = null));
  return flushing;
}

async function pass(): Promise<void> {
  const away = new Set<string>(); // what is away for one of a kind is away for all: order is kept
  for (const one of await waiting()) {
    if (one.state !== 'waiting' || away.has(one.kind)) continue;
    if (one.stale_ms && Date.now() - one.made_at > one.stale_ms) {
      tell({ key: one.key, kind: one.kind, outcome: 'stale' });
      continue;
    }
    const told = await send(one);
    if (told.outcome === 'sent') {
      unkept.delete(one.key);
      await remove(one.key).catch(() => undefined);
    } else if (told.outcome === 'refused') {
      const said: Waiting = { ...one, state: 'refused', because: told.because };
      if (unkept.has(one.key)) unkept.set(one.key, said);
      else await put(said).catch(() => undefined);
    } else away.add(one.kind);
    tell(told);
  }
}

const bySession = (one: Waiting): boolean => one.url.startsWith('/api/') && !('Authorization' in one.headers);

async function post(one: Waiting): Promise<Response> {
  const headers: Record<string, string> = { 'Watchbell-Device-Time': String(Date.now()) }; // a phone's clock may be wrong
  for (const [name, value] of Object.entries(one.headers)) {
    const word = /\{kept:([\w-]+)\}/.exec(value);
    headers[name] = word ? value.replace(word[0], await kept(word[1]).catch(() => '')) : value;
  }
  if (bySession(one)) headers['X-CSRFToken'] = await kept(FORM_TOKEN).catch(() => '');
  return fetch(one.url, {
    method: one.method,
    headers,
    body: one.body,
    credentials: 'same-origin',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

/** Fetches the kept word of `renew` anew; false when the server gives none. */
export async function renew(name: string, url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { Accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok || answer.redirected) return false;
    const { ticket } = (await answer.json()) as { ticket?: string };
    if (!ticket) return false;
    await keep(name, ticket);
    return true;
  } catch {
    return false;
  }
}

async function send(one: Waiting): Promise<Told> {
  const told = { key: one.key, kind: one.kind };
  try {
    let answer = await post(one);
    if (answer.status === 401 && one.renew && (await renew(one.renew.name, one.renew.url))) answer = await post(one);
    if (answer.status === 403 && bySession(one) && (await renew(FORM_TOKEN, FORM_TOKEN_URL))) answer = await post(one);
    const text = await answer.text();
    if (answer.ok) return { ...told, outcome: 'sent', status: answer.status, answer: text };
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408)
      return { ...told, outcome: 'away', status: answer.status };
    return { ...told, outcome: 'refused', status: answer.status, answer: text, because: reason(text, answer.status) };
  } catch {
    return { ...told, outcome: 'away' };
  }
}

function reason(text: string, status: number): string {
  try {
    const problem = JSON.parse(text) as { detail?: string; title?: string };
    return problem.detail || problem.title || `Answer ${status}`;
  } catch {
    return `Answer ${status}`;
  }
}

/** In a page: sends when the network comes back, every second while something waits, and when the page is shown again. */
export function startSending(): void {
  if (timer !== undefined) return;
  addEventListener('online', () => void flush());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void flush());
  timer = setInterval(async () => {
    if ((await waiting()).some((one) => one.state === 'waiting')) void flush();
  }, EVERY_MS);
  void flush();
}
