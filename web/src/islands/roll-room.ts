// How a whole room is, in one tap: for who has no list at hand, no time for names, or charge of somebody else's room.
import { icon, make, sayTime } from '../kit.ts';
import type { Word } from '../offline/lists.ts';
import type { Roll } from './roll.ts';
import { showToast } from './toast.ts';

export interface RoomWord {
  state: string;
  people: number;
  by: string;
  at: string;
}

export const ROOM_STATES: Record<string, { word: string; icon: string; tone: string }> = {
  safe: { word: 'Safe', icon: 'circle-check', tone: 'good' },
  help: { word: 'Need help', icon: 'urgent', tone: 'bad' },
  missing: { word: 'Somebody missing', icon: 'user-question', tone: 'warn' },
  injured: { word: 'Somebody injured', icon: 'first-aid-kit', tone: 'bad' },
};
const MOST = 5000;

/** What is chosen and typed for one room; kept while the page is drawn anew. */
const typed = { place: '', people: '', note: '' };

const sayPeople = (count: number): string => (count === 1 ? '1 person' : `${count} people`);
const sayRoom = (word: { state: string; people?: number }): string =>
  `${ROOM_STATES[word.state]?.word ?? word.state}, ${sayPeople(word.people ?? 0)}`;

function ownWords(roll: Roll): [string, Word][] {
  return Object.entries(roll.mine)
    .filter(([key]) => key.startsWith('room:'))
    .map(([key, word]): [string, Word] => [key.slice(5), word])
    .sort(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at));
}

/** The room the address names, the one spoken of last, the own class's. */
function firstPlace(roll: Roll): string {
  const asked = /room=([\w-]+)/.exec(location.hash)?.[1] ?? '';
  const found = [asked, ownWords(roll)[0]?.[0], roll.list?.place].find((id) =>
    roll.kept.places.some((one) => one.id === id),
  );
  return found ?? '';
}

function expected(roll: Roll, place: string): number {
  const own = roll.mine[`room:${place}`]?.people;
  const list = roll.lists.find((one) => one.place === place);
  return own ?? list?.people.length ?? roll.kept.places.find((one) => one.id === place)?.people ?? 0;
}

function choose(roll: Roll, place: string): void {
  typed.place = place;
  typed.people = place ? String(expected(roll, place)) : '';
  typed.note = roll.mine[`room:${place}`]?.note ?? '';
}

function picker(roll: Roll): HTMLElement {
  const select = make('select', { id: 'roll-room', 'data-key': 'room' });
  select.append(make('option', { value: '' }, 'Choose the room'));
  for (const place of roll.kept.places) select.append(make('option', { value: place.id }, place.name));
  select.value = typed.place;
  select.addEventListener('change', () => (choose(roll, select.value), roll.redraw()));
  return make('div', { class: 'field' }, make('label', { for: 'roll-room' }, 'Room'), select);
}

function field(id: string, label: string, input: HTMLInputElement, key: 'people' | 'note'): HTMLElement {
  input.value = typed[key];
  input.addEventListener('input', () => (typed[key] = input.value));
  return make('div', { class: 'field' }, make('label', { for: id }, label), input);
}

function tell(roll: Roll, state: string): void {
  const people = Math.min(MOST, Math.max(0, Math.round(Number(typed.people) || 0)));
  const note = typed.note.trim();
  const own = roll.mine[`room:${typed.place}`];
  if (own && !isRefused(roll, own) && own.state === state && own.people === people && (own.note ?? '') === note)
    return void showToast(`You said that already at ${sayTime(Date.parse(own.at))}.`, 'success');
  typed.people = String(people);
  void roll.tellRoom(typed.place, state, people, note);
}

const isRefused = (roll: Roll, word: Word): boolean =>
  Boolean(word.refused || (word.report && roll.unsent.get(word.report)));

/** Where a word on a room is: on this device still, taken, or not taken and why. */
function delivery(roll: Roll, word: Word): [state: string, icon: string, words: string] {
  const because = word.refused || (word.report ? roll.unsent.get(word.report) : undefined);
  if (because) return ['refused', 'alert-octagon', `Not taken: ${because}`];
  if (because === '') return ['waiting', 'clock-exclamation', 'Waits on this device'];
  return ['sent', 'circle-check', word.arrived_at ? `Arrived ${sayTime(Date.parse(word.arrived_at))}` : 'Arrived'];
}

export function sayDelivery(roll: Roll): void {
  for (const place of roll.root.querySelectorAll<HTMLElement>('[data-room-word]')) {
    const word = roll.mine[`room:${place.dataset.roomWord}`];
    if (!word) continue;
    const [state, name, words] = delivery(roll, word);
    if (place.dataset.state === state && place.textContent === words) continue;
    place.dataset.state = state;
    place.replaceChildren(icon(name), words);
  }
}

function wordRow(place: string, word: Word): HTMLElement {
  return make(
    'li',
    { class: 'room-word' },
    make(
      'span',
      { class: 'grow' },
      make('span', { class: 't' }, word.place_name || 'Room'),
      make(
        'span',
        { class: `n ${ROOM_STATES[word.state]?.tone ?? ''}` },
        `${sayRoom(word)}, you said ${sayTime(Date.parse(word.at))}${word.note ? `: ${word.note}` : ''}`,
      ),
    ),
    make('span', { class: 'room-way', 'data-room-word': place }),
  );
}

/** What the others know of the room, where it is not this device's own word. */
function known(roll: Roll): HTMLElement | null {
  const told = roll.rooms[typed.place];
  const own = roll.mine[`room:${typed.place}`];
  if (!told || (own && Date.parse(own.at) >= Date.parse(told.at) - 1000)) return null;
  return make('p', { class: 'note' }, icon('info-circle'), `Newest word on this room: ${sayRoom(told)}, ${told.by}, ${sayTime(Date.parse(told.at))}.`); // prettier-ignore
}

function says(roll: Roll): HTMLElement {
  const box = make('div', { class: 'room-says', role: 'group', 'aria-label': 'How is this room?' });
  const own = roll.mine[`room:${typed.place}`];
  for (const [state, { word, icon: name }] of Object.entries(ROOM_STATES)) {
    const button = make(
      'button',
      {
        class: `btn${state === 'safe' ? ' pri' : ''}${own?.state === state ? ' on' : ''}`,
        type: 'button',
        'data-key': `room-${state}`,
        'data-state': state,
        'aria-pressed': String(own?.state === state),
      },
      icon(name),
      word,
    );
    button.disabled = !typed.place || !roll.mayReport;
    button.addEventListener('click', () => tell(roll, state));
    box.append(button);
  }
  return box;
}

export function drawRoom(roll: Roll): HTMLElement {
  if (!typed.place) choose(roll, firstPlace(roll));
  const people = make('input', { id: 'room-people', type: 'number', inputmode: 'numeric', min: '0', max: String(MOST), 'data-key': 'room-people' }); // prettier-ignore
  const note = make('input', { id: 'room-note', maxlength: '400', autocomplete: 'off', 'data-key': 'room-note' });
  const words = ownWords(roll);
  const told = known(roll);
  const own = words.find(([place]) => place === typed.place);
  const others = words.filter((one) => one !== own);
  return make(
    'section',
    { class: 'card roll-room', 'aria-label': 'Whole room' },
    make(
      'div',
      { class: 'roll-top' },
      make('div', { class: 'roll-guest' }, picker(roll), field('room-people', 'People here', people, 'people')),
      says(roll),
      ...(own ? [make('ul', { class: 'rows', 'aria-label': 'What you said of this room' }, wordRow(...own))] : []),
      ...(told ? [told] : []),
      field('room-note', 'Note for responders, sent with your next tap', note, 'note'),
    ),
    ...(others.length
      ? [
          make('h2', { class: 'pad-in' }, 'Other rooms you spoke for'),
          make('ul', { class: 'rows' }, ...others.map(([place, word]) => wordRow(place, word))),
        ]
      : []),
  );
}
