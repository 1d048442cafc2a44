// A family's messages on the phone: the newest thirty, thirty days long, in a shelf of their own. Pages and the worker share it.

export interface Notice {
  token: string;
  notice: string;
  purpose: string;
  mode: string;
  sent_at: string;
  language: string;
  title: string;
  text: string;
  about: string;
  options: string[];
  mine: number | null;
  is_over: boolean;
  ended_because: string;
  correction: string;
  changed_at: string;
  is_seen: boolean;
}

/** is_whole: false where whoever asked is known by a link alone: there may be more than it names. */
export interface Bundle {
  is_whole?: boolean;
  at: string;
  zone: string;
  language: string;
  person: string;
  notices: Notice[];
}

/** at: when the server said so; a message that only a push has brought says so, until the server was asked. */
export interface Kept extends Notice {
  person: string;
  zone: string;
  frame: string;
  at: string;
  by_push?: boolean;
}

const NAME = 'watchbell-family';
const SHELF = 'notices';
export const MOST = 30;
const LONGEST_MS = 30 * 86_400_000;
let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(SHELF, { keyPath: 'token' });
    asked.onsuccess = () => {
      asked.result.onversionchange = () => (asked.result.close(), (opened = null));
      done(asked.result);
    };
    asked.onerror = () => failed(asked.error);
  }).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** One transaction; resolves with what the last request gave. */
async function run<T>(mode: IDBTransactionMode, act: (shelf: IDBObjectStore) => IDBRequest | undefined): Promise<T> {
  const base = await open();
  return new Promise<T>((done, failed) => {
    const turn = base.transaction(SHELF, mode);
    const asked = act(turn.objectStore(SHELF));
    turn.oncomplete = () => done(asked?.result as T);
    turn.onerror = turn.onabort = () => failed(turn.error);
  });
}

const isOld = (one: Kept): boolean => Date.parse(one.at) + LONGEST_MS < Date.now();
const newestFirst = (a: Kept, b: Kept): number => Date.parse(b.sent_at) - Date.parse(a.sent_at);

/** What is on the phone, the newest first; nothing older than thirty days. Empty where the browser keeps nothing. */
export async function keptNotices(): Promise<Kept[]> {
  const rows = await run<Kept[]>('readonly', (shelf) => shelf.getAll()).catch(() => [] as Kept[]);
  return rows.filter((one) => !isOld(one)).sort(newestFirst);
}

export async function keptNotice(token: string): Promise<Kept | undefined> {
  return (await keptNotices()).find((one) => one.token === token);
}

/** whole: everything of this person the server has; what it does not name any more is forgotten. home: they are signed in, and
 * another family's is forgotten too. */
export function keepBundle(bundle: Bundle, how: { whole?: boolean; home?: boolean } = {}): Promise<void> {
  const named = new Set(bundle.notices.map((one) => one.token));
  const news = new Map(bundle.notices.map((one) => [one.notice, one]));
  const gone = (one: Kept): boolean =>
    (how.home && one.person !== bundle.person) ||
    Boolean(how.whole && one.person === bundle.person && one.mode === 'real');
  const fresh = bundle.notices.map((one) => ({
    ...one,
    person: bundle.person,
    zone: bundle.zone,
    frame: bundle.language,
    at: bundle.at,
  }));
  return run('readwrite', (shelf) => {
    const asked = shelf.getAll() as IDBRequest<Kept[]>;
    asked.onsuccess = () => {
      const kept = asked.result
        .filter((one) => !named.has(one.token) && !gone(one))
        .map((one) => joinNews(one, news.get(one.notice)));
      shelf.clear();
      for (const one of [...fresh, ...kept]
        .filter((each) => !isOld(each))
        .sort(newestFirst)
        .slice(0, MOST))
        shelf.put(one);
    };
    return undefined;
  });
}

/** A correction or an end holds for every copy of the same message. */
function joinNews(one: Kept, told?: Notice): Kept {
  return told
    ? {
        ...one,
        title: told.title,
        text: told.text,
        is_over: told.is_over,
        ended_because: told.ended_because,
        correction: told.correction,
        changed_at: told.changed_at,
      }
    : one;
}

/** What a push said, until the server is asked: enough to be read at once. */
export async function keepPushed(token: string, title: string, text: string, mode: string): Promise<void> {
  const now = new Date().toISOString();
  const like = (await keptNotices())[0];
  const one: Kept = {
    token,
    notice: '',
    purpose: '',
    mode,
    sent_at: now,
    language: '',
    title,
    text,
    about: '',
    options: [],
    mine: null,
    is_over: false,
    ended_because: '',
    correction: '',
    changed_at: now,
    is_seen: false,
    person: like?.person ?? '',
    zone: like?.zone ?? '',
    frame: like?.frame ?? '',
    at: now,
    by_push: true,
  };
  if (!(await keptNotice(token))) await run('readwrite', (shelf) => shelf.put(one));
}

/** The answer somebody gave on this phone, so that the page shows it also when it is opened again. */
export async function noteMine(token: string, option: number): Promise<void> {
  const one = await keptNotice(token);
  if (one) await run('readwrite', (shelf) => shelf.put({ ...one, mine: option }));
}

export const dropNotice = (token: string): Promise<void> => run('readwrite', (shelf) => shelf.delete(token));
/** What lets an alert through a silenced telephone: a family's only page that is kept as it was seen. */
export const ALERTS = /^\/(?:family|m\/[\w-]+)\/alerts$/;

async function forgetPages(): Promise<void> {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const one of await cache.keys()) if (ALERTS.test(new URL(one.url).pathname)) await cache.delete(one);
  }
}

export async function forgetNotices(): Promise<void> {
  await run('readwrite', (shelf) => shelf.clear());
  await forgetPages();
}

/** Asks the server and keeps what it says; false when it could not be asked. A withdrawn link is forgotten. */
export async function fetchBundle(url: string, how: { whole?: boolean; home?: boolean } = {}): Promise<boolean> {
  const answer = await fetch(url, {
    credentials: 'same-origin',
    cache: 'no-store',
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(8000),
  });
  const token = tokenOf(new URL(url, location.origin).pathname);
  if (token && isWithdrawn(answer.status)) await dropNotice(token);
  if (!answer.ok || answer.redirected) return false;
  const bundle = (await answer.json()) as Bundle;
  await keepBundle(bundle, { ...how, whole: how.whole && bundle.is_whole !== false });
  return true;
}

export const isWithdrawn = (status: number): boolean => status === 404 || status === 410;
/** The token in the address of a message's page or what belongs to it. */
export const tokenOf = (path: string): string => /^\/m\/([\w-]+)/.exec(path)?.[1] ?? '';
