// The check-in on the phone: class list, whole room, by name, guests. What is tapped is on the device first; the outbox sends it.
import htmx from 'htmx.org';
import { icon, make, sayTime, serverNow } from '../kit.ts';
import { fetchLists } from '../offline/ahead.ts';
import { sizeOf } from './leave.ts';
import { keepLists, keptLists, type Incident, type Kept, type List, type Word } from '../offline/lists.ts';
import { enqueue, listen, renewed, waiting, type Told } from '../offline/queue.ts';
import { drawNames } from './roll-names.ts';
import { drawClass } from './roll-class.ts';
import { drawRoom, type RoomWord, sayDelivery } from './roll-room.ts';
import { showToast } from './toast.ts';

export const KIND = 'check-in';
const POLL_MS = 6000;
export const STATES: Record<string, { word: string; icon: string; tone: string }> = {
  safe: { word: 'Here', icon: 'circle-check', tone: 'good' },
  injured: { word: 'Injured', icon: 'first-aid-kit', tone: 'bad' },
  missing: { word: 'Missing', icon: 'user-question', tone: 'warn' },
  absent: { word: 'Absent today', icon: 'circle-minus', tone: '' },
  released: { word: 'Released', icon: 'door-exit', tone: '' },
};

export interface Report {
  id: string;
  person?: string;
  name?: string;
  kind?: string;
  count?: number;
  state: string;
  place?: string;
  way: string;
  note?: string;
  made_at: string;
}

/** Everything the page knows and does, handed to the parts that draw. */
export class Roll {
  kept: Kept;
  isOnline = true;
  /** The server has said what is on since this page was opened. */
  isFresh = false;
  chosen = '';
  tab: 'class' | 'room' | 'name' | 'guest' = 'class';
  standings: Record<string, Word> = {};
  /** The newest word on each room as the server knows it. */
  rooms: Record<string, RoomWord> = {};
  /** Reports that are on this device still: "" while one waits, else why it was not taken. */
  unsent = new Map<string, string>();
  borrowed: List[] = [];
  constructor(
    readonly root: HTMLElement,
    kept: Kept,
    readonly redraw: () => void,
  ) {
    this.kept = kept;
    if (!kept.lists.length || location.hash.startsWith('#room')) this.tab = 'room'; // who has no class has a room
  }

  /** Whether something may be reported: an alarm is on, or this device cannot know. */
  get mayReport(): boolean {
    return this.incident !== null || !this.isOnline || !this.isFresh;
  }

  get incident(): Incident | null {
    return this.kept.incidents[0] ?? null;
  }

  get lists(): List[] {
    return [
      ...this.kept.lists,
      ...this.borrowed.filter((one) => !this.kept.lists.some((mine) => mine.key === one.key)),
    ];
  }

  get list(): List | null {
    return this.lists.find((one) => one.key === this.chosen) ?? this.lists[0] ?? null;
  }

  get mine(): Record<string, Word> {
    const words = (this.kept.words ??= {});
    return (words[this.incident?.id ?? ''] ??= {});
  }

  /** What is known of a person: this device's own word unless the server knows a newer one. */
  wordOf(person: string): Word | null {
    const own = this.mine[person];
    const told = this.standings[person];
    if (!own || !told) return own ?? told ?? null;
    return Date.parse(told.at) >= Date.parse(own.at) || told.question ? told : own;
  }

  /** Reports people: kept on the device, shown at once, sent when it can be. */
  async report(reports: Omit<Report, 'id' | 'made_at'>[]): Promise<void> {
    if (!reports.length) return;
    const now = serverNow();
    const made_at = new Date().toISOString(); // as this device's clock shows it; the server sets it right
    const made = reports.map((one) => ({ ...one, id: crypto.randomUUID(), made_at }));
    for (const one of made) {
      const place_name = this.kept.places.find((place) => place.id === one.place)?.name ?? '';
      this.mine[one.person ?? one.id] = {
        state: one.state,
        place_name,
        by: this.kept.name,
        at: new Date(now).toISOString(),
        mine: true,
        name: (one.count ?? 1) > 1 ? `${one.name} (${one.count})` : one.name,
      };
    }
    this.redraw();
    await this.send({ reports: made.map((one) => (one.person ? { ...one, name: undefined } : one)) }, now);
  }

  /** Says how a whole room is: kept, shown and sent as reports of people are. */
  async tellRoom(place: string, state: string, people: number, note: string): Promise<void> {
    const now = serverNow();
    const id = crypto.randomUUID();
    this.mine[`room:${place}`] = {
      state,
      people,
      note,
      place_name: this.kept.places.find((one) => one.id === place)?.name ?? '',
      by: this.kept.name,
      at: new Date(now).toISOString(),
      mine: true,
      report: id,
    };
    this.unsent.set(id, '');
    this.redraw();
    const made_at = new Date().toISOString();
    await this.send({ rooms: [{ id, place, state, accounted: people, note: note || undefined, made_at }] }, now);
  }

  private async send(body: { reports?: unknown[]; rooms?: unknown[] }, now: number): Promise<void> {
    const url = this.incident
      ? `/api/v1/incidents/${this.incident.id}/check-ins`
      : `/api/v1/sites/${this.kept.site}/check-ins`;
    await enqueue({
      key: crypto.randomUUID(),
      kind: KIND,
      url,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      made_at: now,
    });
    await keepLists(this.kept).catch(() => undefined);
    navigator.vibrate?.(20);
  }
}

let roll: Roll | null = null;
let root: HTMLElement;

/** How much waits, truly: reports, not requests. */
async function sayWaiting(): Promise<void> {
  const place = root.querySelector<HTMLElement>('[data-roll-outbox]');
  if (!place) return;
  const rows = await waiting(KIND);
  if (roll) {
    roll.unsent = new Map(rows.flatMap((one) => idsOf(one.body).map((id) => [id, one.because ?? ''] as const)));
    sayDelivery(roll);
  }
  const count = (state: string) => rows.filter((one) => one.state === state).reduce((sum, one) => sum + sizeOf(one), 0);
  const open = count('waiting');
  const refused = count('refused');
  const because = rows.find((one) => one.state === 'refused')?.because ?? '';
  const words = refused
    ? `${refused} ${refused === 1 ? 'report was' : 'reports were'} not taken: ${because}`
    : open
      ? `${open} ${open === 1 ? 'report waits' : 'reports wait'} for the network`
      : 'Everything is sent';
  const state = refused ? 'refused' : open ? 'waiting' : 'sent';
  if (place.dataset.state === state && place.textContent === words) return;
  place.dataset.state = state;
  place.replaceChildren(icon(refused ? 'alert-octagon' : open ? 'clock-exclamation' : 'circle-check'), words);
}

const idsOf = (body: string): string[] =>
  ((JSON.parse(body) as { rooms?: { id: string }[] }).rooms ?? []).map((one) => one.id);

/** What became of a word on a room stands beside it. */
function noteArrival(verdicts: { id: string; verdict: string; because: string }[]): void {
  const words = Object.values(roll?.kept.words ?? {}).flatMap((found) => Object.values(found));
  let isChanged = false;
  for (const one of verdicts) {
    const word = words.find((known) => known.report === one.id);
    if (!word) continue;
    if (one.verdict === 'refused') word.refused = one.because;
    else word.arrived_at = new Date(serverNow()).toISOString();
    isChanged = true;
  }
  if (isChanged && roll) void keepLists(roll.kept).catch(() => undefined);
}

function hear(told: Told): void {
  if (told.outcome !== 'sent' || !told.answer) return void sayWaiting();
  const { verdicts = [] } = JSON.parse(told.answer) as {
    verdicts?: { id: string; verdict: string; because: string }[];
  };
  noteArrival(verdicts);
  void sayWaiting();
  const bad = verdicts.filter((one) => one.verdict === 'refused');
  if (bad[0])
    showToast(
      `${bad.length === 1 ? 'One report was' : `${bad.length} reports were`} not taken: ${bad[0].because}`,
      'error',
    );
  void askStandings();
}

async function askStandings(): Promise<void> {
  const incident = roll?.incident;
  if (!roll || !incident || !navigator.onLine) return;
  try {
    const answer = await fetch(`/incidents/${incident.id}/roll/standings`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(5000),
    });
    if (!answer.ok || answer.redirected) return;
    const told = (await answer.json()) as {
      people: Record<string, [string, string, string, string, string]>;
      rooms?: Record<string, [string, number, string, string]>;
      state: string;
    };
    const before = JSON.stringify([roll.standings, roll.rooms]);
    roll.rooms = Object.fromEntries(
      Object.entries(told.rooms ?? {}).map(([id, [state, people, by, at]]) => [id, { state, people, by, at }]),
    );
    roll.standings = Object.fromEntries(
      Object.entries(told.people).map(([id, [state, place_name, by, at, question]]) => [
        id,
        { state, place_name, by, at, question },
      ]),
    );
    setOnline(true);
    if (JSON.stringify([roll.standings, roll.rooms]) !== before) drawWords();
    const questions = Object.values(roll.standings).some((one) => one.question);
    const box = root.querySelector<HTMLElement>('[data-roll-questions]');
    if (box && (questions || box.childElementCount))
      await htmx.ajax('get', `/incidents/${incident.id}/roll/questions?back=/check-in`, {
        target: box,
        swap: 'innerHTML',
      });
  } catch {
    setOnline(false);
  }
}

function setOnline(isOnline: boolean): void {
  if (!roll || roll.isOnline === isOnline) return;
  roll.isOnline = isOnline;
  draw();
}

async function freshen(): Promise<void> {
  try {
    const fresh = await fetchLists(root.dataset.lists);
    if (!fresh) return;
    const isFirst = !roll;
    roll ??= new Roll(root, fresh, draw);
    const known = roll.incident?.id;
    fresh.words = { ...fresh.words, ...roll.kept.words }; // what this page knows is newer than what was written last
    if (!known && fresh.incidents[0] && roll.kept.words?.['']) {
      fresh.words = {
        ...fresh.words,
        [fresh.incidents[0].id]: { ...roll.kept.words[''], ...fresh.words?.[fresh.incidents[0].id] },
      };
      delete fresh.words[''];
      await keepLists(fresh).catch(() => undefined);
    }
    roll.kept = fresh;
    roll.isOnline = roll.isFresh = true;
    if (isFirst)
      for (const one of await waiting(KIND)) if (one.state === 'refused') await renewed(one.key, one.made_at);
    draw();
    await askStandings();
  } catch {
    if (roll) setOnline(false);
    else
      root.querySelector('[data-roll-wait]')!.textContent =
        'No network, and no list is kept on this device. Use the paper roll, or write the names down and enter them later.';
  }
}

function heading(current: Roll): HTMLElement {
  const { incident, isOnline, isFresh } = current;
  if (incident)
    return make(
      'p',
      { class: 'roll-what', 'data-kind': incident.kind, 'data-mode': incident.mode },
      make('b', {}, `${incident.name}${incident.mode === 'real' ? '' : ` ${incident.mode}`}`),
      `, ${incident.site_name}, since ${sayTime(Date.parse(incident.opened_at))}`,
    );
  const words =
    isOnline && !isFresh
      ? 'Looking what is on…'
      : isOnline
        ? 'No alarm is on. When one is, check your class or your room in here.'
        : 'This device knows of no alarm. What you report is kept and joins what is on at your school when the network is back.';
  return make('p', { class: 'note' }, icon('info-circle'), words);
}

const TABS = [
  ['class', 'Class list'],
  ['room', 'Whole room'],
  ['name', 'By name'],
  ['guest', 'Guests'],
] as const;

function draw(): void {
  const current = roll;
  if (!current) return;
  const focused = document.activeElement?.getAttribute('data-key');
  const typed = root.querySelector<HTMLInputElement>('[data-key="find"]')?.value ?? '';
  const tabs = make('div', { class: 'seg wide', role: 'group', 'aria-label': 'Way of checking in' });
  for (const [name, word] of TABS) {
    const button = make(
      'button',
      { type: 'button', 'aria-pressed': String(current.tab === name), 'data-key': `tab-${name}` },
      word,
    );
    button.addEventListener('click', () => ((current.tab = name), draw()));
    tabs.append(button);
  }
  const outbox =
    root.querySelector<HTMLElement>('[data-roll-outbox]') ??
    make('p', { class: 'roll-outbox', 'data-roll-outbox': '', role: 'status' });
  const questions =
    root.querySelector<HTMLElement>('[data-roll-questions]') ?? make('div', { 'data-roll-questions': '' });
  const away = current.isOnline
    ? null
    : make(
        'p',
        { class: 'note warn' },
        icon('wifi-off'),
        `No network. These lists are from ${sayTime(Date.parse(current.kept.made_at))}; what you tap is kept on this device and sent later.`,
      );
  const part =
    current.tab === 'class'
      ? drawClass(current)
      : current.tab === 'room'
        ? drawRoom(current)
        : drawNames(current, current.tab, typed);
  root.replaceChildren(heading(current), ...(away ? [away] : []), outbox, questions, tabs, part);
  if (focused) root.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  void sayWaiting();
}

/** Only the words beside the names change: nothing that is being typed or tapped is torn away. */
function drawWords(): void {
  if (roll?.tab === 'room' || (roll?.tab === 'class' && !root.querySelector('.roll-row.open'))) draw();
}

export function callRoll(): void {
  const found = document.querySelector<HTMLElement>('[data-roll]');
  if (!found) return;
  root = found;
  listen(KIND, hear);
  void (async () => {
    const kept = await keptLists(root.dataset.me ?? '');
    if (kept) {
      roll = new Roll(root, kept, draw);
      roll.isOnline = navigator.onLine;
      draw();
    }
    await freshen();
  })();
  setInterval(() => {
    if (document.visibilityState !== 'visible') return;
    if (!roll || !roll.incident || !roll.isOnline) void freshen();
    else void askStandings();
  }, POLL_MS);
  addEventListener('online', () => void freshen());
  addEventListener('offline', () => setOnline(false));
}
