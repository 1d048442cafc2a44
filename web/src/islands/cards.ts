// Quick reference cards: one card at a time, filled in for the room, in the chosen language; also inside the alert.
import { icon, make } from '../kit.ts';

interface Kept {
  rooms: Record<string, string>[];
  unknown: Record<string, Record<string, string>>;
  door: Record<string, string>;
  stale?: Record<string, string>; // a page kept on the device since before has none
}

const PAGE = '/cards';
const ROOM = 'wb.card-room';
const LANGUAGE = 'wb.card-language';
const BIG = 'wb.card-big';
const INSTEAD: Record<string, string> = { duress: 'staff_assist' };
const OLD_MS = 60_000;
const PATIENCE_MS = 1500;

const keptOf = (root: ParentNode): Kept | null => {
  const text = root.querySelector('#cards-kept')?.textContent;
  return text ? (JSON.parse(text) as Kept) : null;
};

/** Fills the words that depend on the room; "" is no room. */
function fill(root: ParentNode, kept: Kept, place: string): void {
  const room = kept.rooms.find((one) => one.place === place);
  for (const hole of root.querySelectorAll<HTMLElement>('[data-fill]')) {
    const language = hole.closest<HTMLElement>('[lang]')?.lang ?? 'en';
    const name = hole.dataset.fill!;
    const known = room?.[name] ?? '';
    const isDoor = known && name.endsWith('exit');
    hole.textContent = isDoor
      ? (kept.door[language] ?? kept.door.en).replace('{number}', known)
      : known || (kept.unknown[language] ?? kept.unknown.en)[name];
  }
}

/** The card of a kind from the network, or as it is kept on this device. */
async function fetchCard(kind: string): Promise<HTMLElement | null> {
  const asked = fetch(PAGE)
    .then((one) => (one.ok && !one.redirected ? one : null))
    .catch(() => null);
  const soon = new Promise<null>((done) => setTimeout(() => done(null), PATIENCE_MS));
  // A slow network keeps nobody waiting for what is on the device; where nothing is, it is waited for.
  const answer =
    (await Promise.race([asked, soon])) ??
    (await caches.match(PAGE, { ignoreSearch: true }).catch(() => undefined)) ??
    (await asked);
  if (!answer) return null;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const language = localStorage.getItem(LANGUAGE);
  const set =
    page.querySelector(`[data-set="${CSS.escape(language ?? '')}"]`) ?? page.querySelector('[data-set]:not([hidden])');
  const card = set?.querySelector<HTMLElement>(`[data-card="${CSS.escape(INSTEAD[kind] ?? kind)}"]`);
  const kept = keptOf(page);
  if (!card || !kept) return null;
  const chosen = localStorage.getItem(ROOM);
  if (chosen !== null && kept.rooms.some((one) => one.place === chosen)) fill(card, kept, chosen);
  const at = page.querySelector<HTMLElement>('[data-cards]')?.dataset.madeAt ?? '';
  const spoken = (set as HTMLElement).dataset.set ?? 'en';
  if (isOld(at)) card.append(make('p', { class: 'small', lang: spoken, dir: 'auto' }, staleWords(kept, at, spoken)));
  return document.importNode(card, true);
}

const isOld = (at: string): boolean => Date.now() - Date.parse(at) > OLD_MS;
const staleWords = (kept: Kept, at: string, language: string): string =>
  (kept.stale?.[language] ?? 'Kept on this device since {when}. What was approved after that is not in here.').replace(
    '{when}',
    new Date(at).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' }),
  );

/** Whether this person has cards at all: then they stand in the navigation. */
export const hasCards = (): boolean => document.querySelector(`a[href="${PAGE}"]`) !== null;

/** The button of an alert that shows the card in its place: one tap, no page left. */
export function cardButton(kind: string, say: HTMLElement): HTMLButtonElement | null {
  if (!hasCards()) return null;
  const button = make(
    'button',
    { class: 'btn onband', type: 'button', 'data-what-to-do': '' },
    icon('list-check'),
    'What do I do',
  );
  let before: Node[] | null = null;
  button.addEventListener('click', async () => {
    if (before) {
      say.replaceChildren(...before);
      say.classList.remove('with-card');
      before = null;
      button.replaceChildren(icon('list-check'), 'What do I do');
      return;
    }
    button.disabled = true;
    const card = await fetchCard(kind);
    button.disabled = false;
    before = [...say.childNodes];
    say.classList.add('with-card');
    const heading = say.querySelector('h2')!;
    heading.classList.add('small-h');
    say.replaceChildren(
      heading,
      card ?? make('p', {}, 'No card for this is kept on this device. Follow the announcement.'),
    );
    card?.querySelector<HTMLElement>('h2')?.focus();
    button.replaceChildren(icon('x'), 'Back');
  });
  return button;
}

function choose(root: HTMLElement, kind: string): void {
  for (const card of root.querySelectorAll<HTMLElement>('[data-card]')) card.hidden = card.dataset.card !== kind;
  for (const link of root.querySelectorAll<HTMLElement>('[data-to-card]')) {
    if (link.dataset.toCard === kind) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

function fromHash(root: HTMLElement, mayMove: boolean): void {
  const kind = location.hash.replace(/^#(card-)?/, '').replace(/-[a-z]{2}$/, '');
  const known = root.querySelector<HTMLElement>(`[data-card="${CSS.escape(INSTEAD[kind] ?? kind)}"]`);
  choose(root, known?.dataset.card ?? '');
  if (!known || !mayMove) return;
  const shown = root.querySelector<HTMLElement>('[data-set]:not([hidden]) [data-card]:not([hidden])');
  shown?.querySelector<HTMLElement>('h2')?.focus();
  shown?.scrollIntoView({ block: 'start' });
}

function speak(root: HTMLElement, kept: Kept, language: string): void {
  for (const set of root.querySelectorAll<HTMLElement>('[data-set]')) set.hidden = set.dataset.set !== language;
  for (const button of root.querySelectorAll<HTMLElement>('[data-cards-language]'))
    button.setAttribute('aria-pressed', String(button.dataset.cardsLanguage === language));
  const wall = document.querySelector<HTMLAnchorElement>('[data-wall]');
  if (wall) wall.href = `${wall.href.replace(/\?.*$/, '')}?lang=${language}`;
  const at = root.dataset.madeAt!;
  const stale = root.querySelector<HTMLElement>('[data-cards-stale]')!;
  stale.hidden = !isOld(at);
  stale.lang = language;
  if (isOld(at)) stale.textContent = staleWords(kept, at, language);
}

export function readCards(): void {
  const root = document.querySelector<HTMLElement>('[data-cards]');
  const kept = root && keptOf(root);
  if (!root || !kept) return;
  const chosen = localStorage.getItem(LANGUAGE);
  const shown = root.querySelector<HTMLElement>('[data-set]:not([hidden])')?.dataset.set ?? 'en';
  speak(root, kept, chosen && root.querySelector(`[data-set="${CSS.escape(chosen)}"]`) ? chosen : shown);
  const select = root.querySelector<HTMLSelectElement>('[data-cards-room]')!;
  const room = new URLSearchParams(location.search).get('room') ?? localStorage.getItem(ROOM);
  if (room !== null && [...select.options].some((one) => one.value === room)) select.value = room;
  fill(root, kept, select.value);
  select.addEventListener('change', () => {
    localStorage.setItem(ROOM, select.value);
    fill(root, kept, select.value);
    const wall = document.querySelector<HTMLAnchorElement>('[data-wall]');
    if (wall && select.value) wall.href = `/cards/rooms/${select.value}${new URL(wall.href).search}`;
  });
  root.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-cards-language]');
    if (!button) return;
    localStorage.setItem(LANGUAGE, button.dataset.cardsLanguage!);
    speak(root, kept, button.dataset.cardsLanguage!);
  });
  const big = document.querySelector<HTMLElement>('[data-big]');
  const grow = (isBig: boolean) => {
    document.documentElement.classList.toggle('big-print', isBig);
    big?.setAttribute('aria-pressed', String(isBig));
  };
  grow(localStorage.getItem(BIG) === '1');
  big?.addEventListener('click', () => {
    const isBig = !document.documentElement.classList.contains('big-print');
    localStorage.setItem(BIG, isBig ? '1' : '');
    grow(isBig);
  });
  fromHash(root, true);
  addEventListener('hashchange', () => fromHash(root, true));
}
