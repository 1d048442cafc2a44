// A class list on the phone: one tap says all are here, a tap beside a name says what is otherwise.
import { csrfToken, icon, make, sayTime } from '../kit.ts';
import type { List, Person } from '../offline/lists.ts';
import { STATES, type Roll } from './roll.ts';
import { showToast } from './toast.ts';

const OTHERS = ['injured', 'missing', 'absent', 'released'] as const;

function say(roll: Roll, list: List, people: Person[], state: string, note = ''): void {
  void roll.report(
    people.map((person) => ({
      person: person.id,
      name: person.name,
      kind: person.kind,
      state,
      place: list.place || undefined,
      way: 'class',
      note: note || undefined,
    })),
  );
}

function row(roll: Roll, list: List, person: Person): HTMLElement {
  const word = roll.wordOf(person.id);
  const known = word && STATES[word.state];
  const told =
    word &&
    (word.question
      ? 'In question'
      : `${known?.word ?? word.state}${word.mine ? '' : `, ${word.place_name || word.by}`} ${sayTime(Date.parse(word.at))}`);
  const tone = word?.question ? 'warn' : (known?.tone ?? '');
  const here = make(
    'button',
    {
      class: `btn${word?.state === 'safe' ? ' on' : ''}`,
      type: 'button',
      'aria-pressed': String(word?.state === 'safe'),
      'aria-label': `${person.name}: here`,
      'data-key': `here-${person.id}`,
    },
    icon('circle-check'),
    'Here',
  );
  const more = make(
    'button',
    {
      class: 'btn ico',
      type: 'button',
      'aria-expanded': 'false',
      'aria-label': `${person.name}: something else`,
      'data-key': `more-${person.id}`,
    },
    icon('dots'),
  );
  const note = make('input', {
    maxlength: '400',
    autocomplete: 'off',
    placeholder: 'What responders should know',
    'aria-label': `${person.name}: what responders should know`,
  });
  const others = make('div', { class: 'roll-more', hidden: '' }, note);
  const item = make(
    'li',
    { class: 'roll-row', 'data-person': person.id },
    make(
      'span',
      { class: 'grow' },
      make('span', { class: 't' }, person.name),
      make('span', { class: `n ${tone}` }, told ?? 'Not said yet'),
    ),
    here,
    more,
    others,
  );
  here.addEventListener('click', () => say(roll, list, [person], 'safe'));
  for (const state of OTHERS) {
    const button = make(
      'button',
      {
        class: `btn${word?.state === state ? ' on' : ''}`,
        type: 'button',
        'aria-pressed': String(word?.state === state),
        'aria-label': `${person.name}: ${STATES[state].word}`,
      },
      icon(STATES[state].icon),
      STATES[state].word,
    );
    button.addEventListener('click', () => say(roll, list, [person], state, note.value.trim()));
    others.append(button);
  }
  more.addEventListener('click', () => {
    others.hidden = !others.hidden;
    item.classList.toggle('open', !others.hidden);
    more.setAttribute('aria-expanded', String(!others.hidden));
  });
  if (!roll.mayReport) here.disabled = more.disabled = true;
  return item;
}

/** Somebody who has another's class takes its list; a substitute says so for the day. */
function picker(roll: Roll): HTMLElement {
  const select = make('select', { id: 'roll-list', 'data-key': 'list' });
  for (const one of roll.lists)
    select.append(make('option', { value: one.key }, `${one.title} (${one.when.toLowerCase()})`));
  const others = make('optgroup', { label: 'Another room' });
  for (const place of roll.kept.places)
    if (!roll.lists.some((one) => one.key === `room:${place.id}`))
      others.append(make('option', { value: `room:${place.id}` }, place.name));
  select.append(others);
  if (!roll.lists.length) select.prepend(make('option', { value: '' }, 'Choose the room you are in'));
  select.value = roll.list?.key ?? '';
  select.addEventListener('change', () => void take(roll, select.value));
  return make('div', { class: 'field' }, make('label', { for: 'roll-list' }, 'Class or room'), select);
}

async function take(roll: Roll, key: string): Promise<void> {
  if (!key) return;
  if (!roll.lists.some((one) => one.key === key)) {
    const answer = await fetch(`/check-in/rooms/${key.slice(5)}`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(6000),
    }).catch(() => null);
    if (!answer?.ok)
      return void showToast(
        'That list is not on this device, and there is no network to fetch it. Report the people by name.',
        'error',
      );
    roll.borrowed.push((await answer.json()) as List);
  }
  roll.chosen = key;
  roll.redraw();
}

function standIn(roll: Roll, list: List): HTMLElement | null {
  if (!list.key.startsWith('room:') || !roll.borrowed.includes(list)) return null;
  const button = make('button', { class: 'btn', type: 'button' }, icon('user-check'), 'I teach here today');
  button.addEventListener('click', async () => {
    const answer = await fetch(`/check-in/rooms/${list.place}/stand-in`, {
      method: 'POST',
      headers: { 'X-CSRFToken': csrfToken() },
    }).catch(() => null);
    showToast(
      answer?.ok
        ? `${list.place_name} is yours for today: its list is kept on this device.`
        : 'Not recorded: no network. The list stays open here.',
      answer?.ok ? 'success' : 'error',
    );
    if (answer?.ok) dispatchEvent(new Event('online'));
  });
  return button;
}

export function drawClass(roll: Roll): HTMLElement {
  const list = roll.list;
  const box = make(
    'section',
    { class: 'card roll-class', 'aria-label': 'Class list' },
    make('div', { class: 'roll-top' }, picker(roll)),
  );
  if (!list) {
    box.append(
      make(
        'p',
        { class: 'pad-in' },
        'You have no class of your own here. Choose the room you are in, or report people by name.',
      ),
    );
    return box;
  }
  const open = list.people.filter((person) => !roll.wordOf(person.id));
  const all = make(
    'button',
    { class: 'btn pri roll-all', type: 'button', 'data-key': 'all' },
    icon('user-check'),
    open.length === list.people.length
      ? `All ${open.length} here`
      : open.length
        ? `All others here (${open.length})`
        : 'Everybody is checked in',
  );
  all.disabled = !open.length || !roll.mayReport;
  all.addEventListener('click', () => say(roll, list, open, 'safe'));
  const counts = ['safe', 'injured', 'missing', 'absent', 'released']
    .map((state) => [state, list.people.filter((person) => roll.wordOf(person.id)?.state === state).length] as const)
    .filter(([, count]) => count);
  const told = counts.map(([state, count]) => `${count} ${STATES[state].word.toLowerCase()}`).join(', ');
  const extra = standIn(roll, list);
  box
    .querySelector('.roll-top')!
    .append(
      ...(extra ? [extra] : []),
      make(
        'p',
        { class: 'muted', 'data-roll-count': '' },
        `${list.people.length} on the list${told ? `: ${told}` : ''}`,
      ),
      all,
    );
  box.append(make('ul', { class: 'rows' }, ...list.people.map((person) => row(roll, list, person))));
  return box;
}
