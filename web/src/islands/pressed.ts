// After the press: police have acknowledged, who confirmed, who comes; and taking it back by PIN while that is possible.
import { csrfToken, icon, make, readMoment, sayTime } from '../kit.ts';

export interface Pressed {
  press: string;
  kind: string;
  mode: string;
  at: number;
}

export interface Helper {
  user: string;
  name: string;
  role: string;
  what: 'on_my_way' | 'arrived' | 'cannot_come';
  place_name: string;
  since: number;
  at: number;
}

export interface ProgressTold {
  presses: string[];
  site: string;
  kind: string;
  confirmed: number;
  coming: Helper[];
  cannot: number;
  police: { at: number; by_name: string; because: string } | null;
  /** What helps is there already: "aed", "kit". */
  aids?: Record<string, { at: number; by: string; by_name: string }>;
}

interface State {
  state: 'recording' | 'open' | 'clearing' | 'closed';
  incident?: string;
  is_cancelled?: boolean;
  cancel_until?: string | null;
}

export const POLICE_KNOW = 'Police have acknowledged: help is coming.';
const KEY = 'wb.pressed';
const KEPT_MS = 30 * 60_000;
const LOOK_MS = 1500;
let now: Pressed | null = null;
let box: HTMLElement | null = null;
let timer = 0;
let isEnded = false;

/** The alarm last pressed is over or taken back: the next press is another one. */
export const isOver = (): boolean => isEnded;

/** What the answer to a press says beside its time. */
export const sayNext = (kind: string, mode: string): string =>
  mode === 'drill'
    ? 'The drill has begun.'
    : ['medical', 'staff_assist', 'call_911'].includes(kind)
      ? 'Help is being called. Who comes stands here.'
      : 'Follow your plan.';

/** Role and name: "Nurse Ana Ruiz". */
export const sayHelper = (one: Helper): string =>
  `${one.role ? one.role.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase()) : ''} ${one.name}`.trim();

/** "The AED is here: Ana Ruiz, 10:14:05." */
export const sayAid = (what: string, one: { at: number; by_name: string }): string =>
  `The ${what === 'aed' ? 'AED' : 'kit'} is here: ${one.by_name}, ${sayTime(readMoment(one.at))}.`;

function line(id: string, name: string, text: string, tone = ''): void {
  const row = make('li', { 'data-line': id, class: tone }, icon(name), make('span', {}, text));
  const old = box?.querySelector(`[data-line="${id}"]`);
  if (old?.textContent === text) return;
  if (old) old.replaceWith(row);
  else box?.querySelector('.press-news')?.append(row);
}

export function followPress(root: HTMLElement, pressed: Pressed): void {
  forgetPress(root);
  now = pressed;
  sessionStorage.setItem(KEY, JSON.stringify(pressed));
  box = make(
    'div',
    { class: 'press-n' },
    make('div', { role: 'status', 'aria-live': 'polite' }, make('ul', { class: 'press-news' })),
  );
  root.querySelector('[data-press-status]')!.after(box);
  void look();
}

export function forgetPress(root: HTMLElement): void {
  clearTimeout(timer);
  root.querySelector('.press-n')?.remove();
  now = box = null;
  isEnded = false;
  sessionStorage.removeItem(KEY);
}

/** A reload shows again what stood there. */
export function resumePress(
  root: HTMLElement,
  show: (state: string, name: string, heading: string, text: string) => void,
): void {
  const pressed = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Pressed | null;
  document.addEventListener('wb:progress', (event) => hearProgress((event as CustomEvent).detail as ProgressTold));
  document.addEventListener('wb:over', (event) => {
    const over = (event as CustomEvent).detail as { press: string; presses?: string[] };
    if (now && [over.press, ...(over.presses ?? [])].includes(now.press)) void look();
  });
  if (!pressed || Date.now() - readMoment(pressed.at) > KEPT_MS || pressed.mode !== (root.dataset.mode ?? 'real'))
    return;
  show('sent', 'circle-check', `Received at ${sayTime(readMoment(pressed.at))}`, sayNext(pressed.kind, pressed.mode));
  followPress(root, pressed);
}

function hearProgress(told: ProgressTold): void {
  if (!now || !told.presses.includes(now.press)) return;
  if (told.police) line('police', 'shield-star', `${POLICE_KNOW} ${sayTime(readMoment(told.police.at))}`, 'good');
  for (const [what, one] of Object.entries(told.aids ?? {}))
    line(what, what === 'aed' ? 'heartbeat' : 'first-aid-kit', sayAid(what, one), 'good');
  for (const what of ['aed', 'kit']) if (!told.aids?.[what]) box?.querySelector(`[data-line="${what}"]`)?.remove();
  const coming = told.coming[0];
  if (told.confirmed)
    line(
      'staff',
      'user-check',
      `${told.confirmed === 1 ? '1 person has' : `${told.confirmed} people have`} seen it${coming ? `, ${sayHelper(coming)} ${coming.what === 'arrived' ? 'is there' : 'on the way'}` : ''}`,
      coming ? 'good' : '',
    );
  for (const one of told.coming.slice(1, 4))
    line(
      `who-${one.user}`,
      'run',
      `${sayHelper(one)} ${one.what === 'arrived' ? 'is there' : 'is on the way'}`,
      'good',
    );
}

async function look(): Promise<void> {
  clearTimeout(timer);
  if (!now || !box) return;
  try {
    const answer = await fetch(`/incidents/press/${encodeURIComponent(now.press)}/state`, {
      headers: { Accept: 'application/json' },
      cache: 'no-store',
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    draw((await answer.json()) as State);
  } catch {
    timer = window.setTimeout(look, 2 * LOOK_MS); // the record may be away: the alarm is not
  }
}

function draw(state: State): void {
  if (!now || !box) return;
  if (state.state === 'recording') return void (timer = window.setTimeout(look, LOOK_MS));
  if (state.incident && !box.querySelector('.press-link'))
    box.append(
      make(
        'a',
        { class: 'btn press-link', href: `/incidents/${state.incident}` },
        icon('arrow-right'),
        'Open the incident',
      ),
    );
  if (state.is_cancelled || state.state !== 'open') isEnded = true;
  if (state.is_cancelled)
    line('over', 'arrow-back-up', 'Cancelled: everybody who was told hears that it was a mistake.');
  else if (state.state !== 'open') line('over', 'flag', 'All clear: this alarm is over.');
  const until = state.cancel_until ? Date.parse(state.cancel_until) : 0;
  const form = box.querySelector<HTMLElement>('.press-c');
  if (!until || until < Date.now()) form?.remove();
  else if (!form) box.append(cancelForm(state.cancel_until!));
  if (state.state === 'open')
    timer = window.setTimeout(look, until ? Math.min(5000, Math.max(500, until - Date.now() + 300)) : 8000);
}

function cancelForm(until: string): HTMLElement {
  const pin = make('input', {
    id: 'press-pin',
    name: 'pin',
    type: 'password',
    inputmode: 'numeric',
    maxlength: '8',
    autocomplete: 'off',
    required: '',
  });
  const told = make('p', { class: 'err', role: 'alert', hidden: '' });
  const go = make('button', { class: 'btn', type: 'submit' }, icon('arrow-back-up'), 'Take it back');
  const form = make(
    'form',
    { class: 'press-c' },
    make(
      'label',
      { for: 'press-pin' },
      'Pressed by mistake? Your cancel PIN, for ',
      make('b', { 'data-until': until }, ''),
    ),
    make('div', { class: 'press-c-r' }, pin, go),
    told,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    told.hidden = true;
    try {
      const answer = await fetch(`/incidents/press/${encodeURIComponent(now!.press)}/cancel`, {
        method: 'POST',
        headers: { 'X-CSRFToken': csrfToken() },
        body: new URLSearchParams({ pin: pin.value }),
      });
      const { words } = (await answer.json()) as { words: string };
      if (answer.ok) {
        form.remove();
        isEnded = true;
        line('over', 'arrow-back-up', words);
        return void look();
      }
      told.textContent = words;
    } catch {
      told.textContent = 'No connection: not cancelled. Try again, or tell the office in person.';
    }
    told.hidden = false;
    pin.value = '';
    go.disabled = false;
    pin.focus();
  });
  return form;
}
