// Class lists on the device: encrypted under a key that cannot be read out, gone after the hours the server names or on sign-out.
import { keep, kept } from './store.ts';

export interface Person {
  id: string;
  name: string;
  kind: string;
}

export interface List {
  key: string;
  title: string;
  place: string;
  place_name: string;
  is_now: boolean;
  when: string;
  people: Person[];
}

export interface Incident {
  id: string;
  name: string;
  kind: string;
  mode: string;
  site: string;
  site_name: string;
  opened_at: string;
}

/** What somebody said of a person, as this device knows it. */
export interface Word {
  state: string;
  place_name: string;
  by: string;
  at: string;
  question?: string;
  mine?: boolean;
  name?: string;
  /** Of a whole room: the report, how many people were said to be there, the remark, and what became of the report. */
  report?: string;
  people?: number;
  note?: string;
  arrived_at?: string;
  refused?: string;
}

export interface Kept {
  made_at: string;
  expires_at: string;
  reporter: string;
  name: string;
  site: string;
  lists: List[];
  /** people: how many belong there by homeroom. */
  places: { id: string; name: string; people?: number }[];
  incidents: Incident[];
  /** By incident (or "" while none is known): what this device reported, by person, report or "room:" and its id. */
  words?: Record<string, Record<string, Word>>;
}

const KEY = 'roll-key';
const SHELF = 'roll-lists';
interface Closed {
  iv: Uint8Array<ArrayBuffer>;
  body: ArrayBuffer;
  until: string;
}

async function key(): Promise<CryptoKey> {
  const found = (await kept(KEY)) as unknown as CryptoKey | '';
  if (found) return found;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  await keep(KEY, made as unknown as string);
  return made;
}

/** Without encryption in this browser nothing is kept. */
export async function keepLists(lists: Kept): Promise<void> {
  if (!globalThis.crypto?.subtle) return;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv },
    await key(),
    new TextEncoder().encode(JSON.stringify(lists)),
  );
  const closed: Closed = { iv, body, until: lists.expires_at };
  await keep(SHELF, closed as unknown as string);
}

/** What is kept of `reporter`; null when there is nothing, it is too old, or it is another person's. */
export async function keptLists(reporter: string): Promise<Kept | null> {
  try {
    const closed = (await kept(SHELF)) as unknown as Closed | '';
    if (!closed) return null;
    if (Date.parse(closed.until) < Date.now()) return await drop();
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: closed.iv }, await key(), closed.body);
    const lists = JSON.parse(new TextDecoder().decode(text)) as Kept;
    return lists.reporter === reporter ? lists : await drop();
  } catch {
    return null;
  }
}

async function drop(): Promise<null> {
  await keep(SHELF, '');
  return null;
}
