// A quiet alarm is a card in the corner with a soft sound: for the few who are meant, not for whoever looks at the screen.
import { icon, kindOf, make, readMoment, sayTime } from '../kit.ts';
import type { Alert } from './alert.ts';
import { AIDS, ANSWERS, type AidAnswer, type Answer } from './answer.ts';
import { hasCards } from './cards.ts';
import { type ProgressTold, sayAid, sayHelper } from './pressed.ts';
import { startSound, stopSoftSound } from './sound.ts';

const QUIET = new Set(['medical', 'staff_assist', 'duress', 'call_911']);
const HELP_ICONS: Record<string, string> = { aed: 'heartbeat', kit: 'first-aid-kit', person: 'user-check' };
const MODES: Record<string, string> = { drill: 'Drill', test: 'Test' };
const cards = new Map<string, HTMLElement>();
const known = new Map<string, ProgressTold>();

export const isQuietAlert = (alert: Alert): boolean => QUIET.has(alert.kind);

function stack(): HTMLElement {
  return (
    document.getElementById('quiet') ??
    document.body.appendChild(make('aside', { id: 'quiet', class: 'quiet', 'aria-label': 'Help is wanted' }))
  );
}

/** The incident's own page says all of it, with the same answers: the card would only cover it. */
const isOnPage = (press: string): boolean =>
  document.querySelector(`.who-comes [data-answers="${CSS.escape(press)}"]`) !== null;

export function showQuiet(alert: Alert): void {
  const old = cards.get(alert.press);
  const card = draw(alert);
  card.hidden = isOnPage(alert.press);
  cards.set(alert.press, card);
  if (old) return old.replaceWith(card);
  stack().append(card);
  void startSound(alert.kind);
  if (alert.mode !== 'test') navigator.vibrate?.([120, 80, 120]);
  const told = [...known.values()].find((one) => one.presses.includes(alert.press));
  if (told) tellQuiet(told);
}

function draw(alert: Alert): HTMLElement {
  const { word, icon: name } = kindOf(alert.kind);
  const mode = MODES[alert.mode];
  const head = make(
    'header',
    {},
    make('span', { class: 'q-i' }, icon(name)),
    make(
      'div',
      {},
      make('h2', {}, `${mode ? `${mode}: ` : ''}${alert.title || word}`),
      make('p', {}, make('b', {}, alert.place_name ?? ''), `, ${alert.site_name}`),
      make(
        'p',
        { class: 'q-when' },
        `since ${sayTime(readMoment(alert.at))}${alert.by_name ? `, pressed by ${alert.by_name}` : ''}`,
      ),
    ),
  );
  const helps = alert.helps?.length
    ? make(
        'ul',
        { class: 'q-helps' },
        ...alert.helps.map((one) =>
          make(
            'li',
            { 'data-help': one.what },
            icon(HELP_ICONS[one.what] ?? 'info-circle'),
            make('span', {}, one.text),
          ),
        ),
      )
    : null;
  const waited = alert.waited_seconds
    ? make(
        'p',
        { class: 'q-late' },
        icon('alert-triangle'),
        `Nobody has answered for ${alert.waited_seconds} s: you are asked now.`,
      )
    : null;
  const further =
    alert.escalates_at && readMoment(alert.escalates_at) > Date.now()
      ? make(
          'p',
          { class: 'q-further' },
          icon('hourglass'),
          'Nobody yet. Further people are told in ',
          make('b', { 'data-until': new Date(readMoment(alert.escalates_at)).toISOString() }, ''),
        )
      : null;
  const answers = make(
    'div',
    { class: 'q-do', 'data-answers': alert.press },
    ...(Object.keys(ANSWERS) as Answer[]).map((what) =>
      make(
        'button',
        {
          class: what === 'on_my_way' ? 'btn pri' : 'btn',
          type: 'button',
          'data-answer': what,
          'aria-pressed': 'false',
        },
        icon(ANSWERS[what][0]),
        ANSWERS[what][1],
      ),
    ),
  );
  const more = make(
    'a',
    { class: 'btn x', href: alert.url ?? `/incidents/press/${encodeURIComponent(alert.press)}` },
    'Open the incident',
  );
  const todo = hasCards()
    ? make('a', { class: 'btn x', href: `/cards#${alert.kind}` }, icon('list-check'), 'What do I do')
    : null;
  const card = make(
    'section',
    { class: 'q-card', role: 'alert', 'data-kind': alert.kind, 'data-mode': alert.mode, 'data-press-id': alert.press },
    head,
    waited,
    further,
    helps,
    make('ul', { class: 'q-who', 'aria-live': 'polite' }),
    answers,
    aidButtons(alert),
    more,
    todo,
  );
  answers.addEventListener('click', () => stopSoftSound());
  return card;
}

function aidButton(what: AidAnswer): HTMLElement {
  const [name, word] = AIDS[what];
  const button = make('button', { class: 'btn', type: 'button', 'data-aid': what }, icon(name), word);
  if (word === 'Not here')
    button.setAttribute('aria-label', `The ${what === 'aed_not_here' ? 'AED' : 'kit'} is not here`);
  return button;
}

/** "The AED is here", for whoever brings it; the kit where one was named. */
function aidButtons(alert: Alert): HTMLElement {
  const kinds = ['aed', ...(alert.helps?.some((one) => one.what === 'kit') ? ['kit'] : [])];
  return make(
    'div',
    { class: 'q-aids', 'data-answers': alert.press, 'data-kinds': kinds.join(' ') },
    ...kinds.map((kind) => aidButton(`${kind}_here` as AidAnswer)),
  );
}

/** What is there already is said in the place of the way to it, and can be taken back. */
function drawAids(card: HTMLElement, told: ProgressTold): void {
  const box = card.querySelector<HTMLElement>('.q-aids');
  if (!box) return;
  const rows = (box.dataset.kinds ?? '').split(' ').map((kind) => {
    const here = told.aids?.[kind];
    const way = card.querySelector<HTMLElement>(`[data-help="${kind}"]`);
    if (way) way.hidden = Boolean(here);
    if (!here) return aidButton(`${kind}_here` as AidAnswer);
    const words = make('p', { role: 'status' }, icon('circle-check'), sayAid(kind, here));
    return make('div', { class: 'q-here' }, words, aidButton(`${kind}_not_here` as AidAnswer));
  });
  box.replaceChildren(...rows);
}

/** Who has answered stands on the card; somebody on the way ends the countdown. */
export function tellQuiet(told: ProgressTold): void {
  for (const press of told.presses) known.set(press, told);
  for (const press of told.presses) {
    const card = cards.get(press);
    if (!card) continue;
    const rows = told.coming.map((one) =>
      make(
        'li',
        {},
        icon(one.what === 'arrived' ? 'map-pin' : 'run'),
        make(
          'span',
          {},
          `${sayHelper(one)} ${one.what === 'arrived' ? 'is there' : 'is on the way'}${one.place_name && one.what === 'on_my_way' ? `, from ${one.place_name}` : ''}`,
        ),
      ),
    );
    card.querySelector('.q-who')?.replaceChildren(...rows);
    drawAids(card, told);
    const mine = told.coming.find((one) => one.user === document.documentElement.dataset.user)?.what;
    for (const button of mine ? card.querySelectorAll<HTMLElement>('[data-answer]') : [])
      button.setAttribute('aria-pressed', String(button.dataset.answer === mine));
    if (rows.length) card.querySelectorAll('.q-further, .q-late').forEach((one) => one.remove());
  }
}

export function clearQuiet(press: string): void {
  cards.get(press)?.remove();
  cards.delete(press);
  known.delete(press);
  if (!cards.size) stopSoftSound();
}
