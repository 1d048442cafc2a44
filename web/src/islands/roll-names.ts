// Anybody by name, wherever they are: a student from another class, a colleague, a guest, a group of parents.
import { icon, make, sayTime } from '../kit.ts';
import type { Person } from '../offline/lists.ts';
import { STATES, type Roll } from './roll.ts';

interface Found extends Person {
  grade?: string;
  title?: string;
  home?: string;
}

const KINDS = { student: 'Student', staff: 'Staff', substitute: 'Substitute', guest: 'Guest or visitor' } as const;
let where: string | null = null;

function places(roll: Roll): HTMLElement {
  const select = make('select', { id: 'roll-where', 'data-key': 'where' });
  select.append(make('option', { value: '' }, 'Somewhere else'));
  for (const place of roll.kept.places) select.append(make('option', { value: place.id }, place.name));
  select.value = where ?? roll.list?.place ?? '';
  select.addEventListener('change', () => (where = select.value));
  return make('div', { class: 'field' }, make('label', { for: 'roll-where' }, 'Where are they?'), select);
}

const place = (roll: Roll): string | undefined => (where ?? roll.list?.place ?? '') || undefined;

function states(
  roll: Roll,
  about: { person?: string; name: string; kind: string; count?: number },
  wanted: string[],
  done: () => void,
): HTMLElement {
  const note = make('input', {
    maxlength: '400',
    autocomplete: 'off',
    placeholder: 'What responders should know',
    'aria-label': `${about.name}: what responders should know`,
  });
  const row = make('div', { class: 'roll-more' }, note);
  for (const state of wanted) {
    const button = make(
      'button',
      { class: 'btn', type: 'button', 'aria-label': `${about.name}: ${STATES[state].word}` },
      icon(STATES[state].icon),
      STATES[state].word,
    );
    button.addEventListener('click', () => {
      void roll.report([
        {
          ...about,
          state,
          place: state === 'missing' || state === 'released' ? undefined : place(roll),
          way: 'name',
          note: note.value.trim() || undefined,
        },
      ]);
      done();
    });
    row.append(button);
  }
  return row;
}

async function search(roll: Roll, text: string): Promise<{ people: Found[]; isAll: boolean }> {
  const url = roll.root.dataset.find;
  const answer =
    url && navigator.onLine
      ? await fetch(`${url}?q=${encodeURIComponent(text)}`, {
          cache: 'no-store',
          signal: AbortSignal.timeout(4000),
        }).catch(() => null)
      : null;
  if (answer?.ok && !answer.redirected)
    return { people: ((await answer.json()) as { people: Found[] }).people, isAll: true };
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const known = new Map(
    roll.lists.flatMap((list) =>
      list.people.map((person) => [person.id, { ...person, home: list.place_name }] as const),
    ),
  );
  return {
    people: [...known.values()].filter((one) =>
      words.every((word) =>
        one.name
          .toLowerCase()
          .split(/\s+/)
          .some((part) => part.startsWith(word)),
      ),
    ),
    isAll: false,
  };
}

function item(roll: Roll, one: Found): HTMLElement {
  const word = roll.wordOf(one.id);
  const told = word
    ? ` ${STATES[word.state]?.word ?? word.state}, ${word.place_name || word.by}, ${sayTime(Date.parse(word.at))}.`
    : '';
  const what = [
    KINDS[one.kind as keyof typeof KINDS] ?? one.kind,
    one.grade && `grade ${one.grade}`,
    one.title,
    one.home && `belongs in ${one.home}`,
  ]
    .filter(Boolean)
    .join(', ');
  return make(
    'li',
    { class: 'roll-row open' },
    make(
      'span',
      { class: 'grow' },
      make('span', { class: 't' }, one.name),
      make('span', { class: 'n' }, `${what}.${told}`),
    ),
    states(
      roll,
      { person: one.id, name: one.name, kind: one.kind },
      ['safe', 'injured', 'missing', 'released'],
      () => undefined,
    ),
  );
}

/** A name nobody could find is taken as it is typed. */
function asTyped(roll: Roll, text: string): HTMLElement {
  const kind = make('select', { 'aria-label': `What is ${text}?` });
  for (const [value, word] of Object.entries(KINDS)) kind.append(make('option', { value }, word));
  const about = { name: text, kind: 'student' };
  kind.addEventListener('change', () => (about.kind = kind.value));
  return make(
    'li',
    { class: 'roll-row open' },
    make('span', { class: 'grow' }, make('span', { class: 't' }, `“${text}” as typed`), kind),
    states(roll, about, ['safe', 'injured', 'missing'], () => undefined),
  );
}

function names(roll: Roll, typed: string): HTMLElement {
  const input = make('input', {
    type: 'search',
    id: 'roll-find',
    autocomplete: 'off',
    'data-key': 'find',
    value: typed,
  });
  const found = make('ul', { class: 'rows', 'aria-live': 'polite' });
  const look = async () => {
    const text = input.value.trim();
    if (text.length < 2) return void found.replaceChildren();
    const { people, isAll } = await search(roll, text);
    if (input.value.trim() !== text) return;
    const note = isAll ? null : make('li', { class: 'warn' }, 'No network: only your own lists are searched.');
    found.replaceChildren(
      ...(note ? [note] : []),
      ...people.map((one) => item(roll, one)),
      ...(text.length > 2 ? [asTyped(roll, text)] : []),
    );
  };
  let timer = 0;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), 250);
  });
  if (typed) void look();
  return make(
    'div',
    {},
    make(
      'div',
      { class: 'roll-top' },
      places(roll),
      make(
        'div',
        { class: 'field' },
        make('label', { for: 'roll-find' }, 'Name of a student or member of staff'),
        input,
      ),
    ),
    found,
  );
}

function guests(roll: Roll): HTMLElement {
  const name = make('input', {
    id: 'roll-guest',
    autocomplete: 'off',
    maxlength: '120',
    'data-key': 'guest',
    placeholder: 'Sam Rivera, or: parents at the office',
  });
  const count = make('input', {
    id: 'roll-count',
    type: 'number',
    inputmode: 'numeric',
    min: '1',
    max: '500',
    value: '1',
    'data-key': 'count',
  });
  const buttons = make('div', { class: 'roll-more' });
  for (const state of ['safe', 'injured']) {
    const button = make(
      'button',
      { class: `btn${state === 'safe' ? ' pri' : ''}`, type: 'button' },
      icon(STATES[state].icon),
      STATES[state].word,
    );
    button.addEventListener('click', () => {
      const many = Math.min(500, Math.max(1, Math.round(Number(count.value) || 1)));
      const about = { name: name.value.trim() || (many > 1 ? 'Guests' : 'Guest'), kind: 'guest', count: many };
      name.value = '';
      count.value = '1';
      void roll.report([{ ...about, state, place: place(roll), way: 'name' }]);
    });
    buttons.append(button);
  }
  const row = make(
    'div',
    { class: 'roll-guest' },
    make('div', { class: 'field' }, make('label', { for: 'roll-guest' }, 'Name, or who they are'), name),
    make('div', { class: 'field' }, make('label', { for: 'roll-count' }, 'How many'), count),
  );
  return make('div', { class: 'roll-top' }, places(roll), row, buttons);
}

function reported(roll: Roll): HTMLElement | null {
  const listed = new Set(roll.lists.flatMap((list) => list.people.map((person) => person.id)));
  const rows = Object.entries(roll.mine).filter(([id]) => !listed.has(id) && !id.startsWith('room:'));
  if (!rows.length) return null;
  const items = rows
    .sort(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at))
    .map(([, word]) =>
      make(
        'li',
        {},
        make(
          'span',
          { class: 'grow' },
          make('span', { class: 't' }, word.name ?? ''),
          make(
            'span',
            { class: 'n' },
            `${STATES[word.state]?.word ?? word.state}${word.place_name ? `, ${word.place_name}` : ''}, ${sayTime(Date.parse(word.at))}`,
          ),
        ),
      ),
    );
  return make(
    'section',
    { 'aria-label': 'Reported by you' },
    make('h2', { class: 'pad-in' }, 'Reported by you'),
    make('ul', { class: 'rows' }, ...items),
  );
}

export function drawNames(roll: Roll, tab: 'name' | 'guest', typed: string): HTMLElement {
  const part = tab === 'name' ? names(roll, typed) : guests(roll);
  if (!roll.mayReport) for (const one of part.querySelectorAll<HTMLButtonElement>('button')) one.disabled = true;
  const own = reported(roll);
  return make(
    'section',
    { class: 'card roll-names', 'aria-label': tab === 'name' ? 'By name' : 'Guests' },
    part,
    ...(own ? [own] : []),
  );
}
