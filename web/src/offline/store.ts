// The browser's own shelf: what waits to be sent, and small words kept for the moment without a network. Pages and the worker share it.

export interface Waiting {
  /** Unique, and the request's Idempotency-Key: sent twice, it is taken once. */
  key: string;
  /** Whose it is ("press", "check-in"): each owner hears and flushes its own. */
  kind: string;
  url: string;
  method: string;
  /** `{kept:name}` in a value stands for the word kept under that name when it is sent. */
  headers: Record<string, string>;
  body: string;
  /** Unix milliseconds by the server's clock, as far as the page knows it. */
  made_at: number;
  state: 'waiting' | 'refused';
  /** Older than this it is not sent by itself; somebody is asked. */
  stale_ms?: number;
  /** On 401 the word `name` is fetched anew from `url` ({ticket} in JSON) and the request sent once more. */
  renew?: { name: string; url: string };
  tries?: number;
  because?: string;
}

const NAME = 'watchbell';
let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('outbox', { keyPath: 'key' });
      asked.result.createObjectStore('kept');
    };
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

async function run<T>(store: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const base = await open();
  return new Promise<T>((done, failed) => {
    const turn = base.transaction(store, mode, { durability: 'strict' });
    const asked = act(turn.objectStore(store));
    turn.oncomplete = () => done(asked.result as T);
    turn.onerror = turn.onabort = () => failed(turn.error);
  });
}

export const put = (one: Waiting): Promise<void> => run('outbox', 'readwrite', (store) => store.put(one));
export const find = (key: string): Promise<Waiting | undefined> => run('outbox', 'readonly', (store) => store.get(key));
export const remove = (key: string): Promise<void> => run('outbox', 'readwrite', (store) => store.delete(key));

/** What waits, the oldest first. */
export async function all(kind?: string): Promise<Waiting[]> {
  const rows = await run<Waiting[]>('outbox', 'readonly', (store) => store.getAll());
  return rows.filter((one) => !kind || one.kind === kind).sort((a, b) => a.made_at - b.made_at);
}

const words = new Map<string, string>(); // where the browser refuses to keep anything (a private window)

/** Keeps a word (a ticket) for later; an empty one is forgotten. */
export const keep = (name: string, word: string): Promise<void> => {
  words.set(name, word);
  return run('kept', 'readwrite', (store) => (word ? store.put(word, name) : store.delete(name)));
};
export const kept = async (name: string): Promise<string> =>
  (await run<string | undefined>('kept', 'readonly', (store) => store.get(name)).catch(() => undefined)) ??
  words.get(name) ??
  '';

/** Everything of the person who has signed out: their words and what they left unsent. */
export async function forget(): Promise<void> {
  await run('kept', 'readwrite', (store) => store.clear());
  await run('outbox', 'readwrite', (store) => store.clear());
}
