// The full-screen alert: shown until a person says they have seen it, or the response is over.
import { icon, kindOf, liveTicket, make, readMoment, sayTime } from '../kit.ts';
import { cardButton } from './cards.ts';
import { POLICE_KNOW, type ProgressTold } from './pressed.ts';
import { clearQuiet, isQuietAlert, showQuiet, tellQuiet } from './quiet.ts';
import { startSound, stopSound } from './sound.ts';
import { showToast } from './toast.ts';

export interface Alert {
  press: string;
  site: string;
  site_name: string;
  kind: string;
  mode: 'real' | 'drill' | 'test';
  title: string;
  directive: string;
  place_name: string | null;
  at: string | number;
  ticket?: string;
  url?: string;
  by?: string | null;
  by_name?: string;
  audience?: { roles: string[]; users: string[] } | null;
  helps?: { what: string; text: string }[];
  escalates_at?: number | null;
  waited_seconds?: number;
}

export interface Alerts {
  raise(alert: Alert): void;
  clear(over: { press: string; presses?: string[] }): void;
  progress(told: ProgressTold): void;
  /** The stream is open again and repeats the alerts that are on. */
  reopened(): void;
  /** It has said all of them: what it has not repeated is over. A server that cannot know says nothing of it. */
  recheck(): void;
}

const MODES = {
  real: ['broadcast', 'Real incident, not a drill'],
  drill: ['flag', 'Drill, no emergency'],
  test: ['tool', 'Test, no response'],
} as const;
const WEIGHT = ['lockdown', 'fire', 'evacuate', 'shelter', 'secure', 'hold', 'medical', 'staff_assist'];
const RETRY_MS = [500, 1000, 2000, 4000];

const open = new Map<string, Alert>();
const told = new Set<string>(); // repeated by the stream since it opened
let before: string[] = []; // on when it opened
const news = new Map<string, ProgressTold>();
let shown: { press: string; dialog: HTMLDialogElement } | null = null;
let title = '';

/* Seen is seen in every window of this browser, by this person: the next one who signs in here is asked again. */
const SEEN = 'wb.seen.';
const SEEN_KEPT_MS = 24 * 3_600_000;
const seenKey = (press: string): string => `${SEEN}${document.documentElement.dataset.user ?? ''}.${press}`;
const isSeen = (press: string): boolean => !isDisplay() && localStorage.getItem(seenKey(press)) !== null;
const keepSeen = (press: string, when: string): void =>
  localStorage.setItem(seenKey(press), JSON.stringify([Date.now(), when]));
const seenAt = (press: string): string =>
  (JSON.parse(localStorage.getItem(seenKey(press)) ?? '[0, ""]') as [number, string])[1];
const nameOf = (alert: Alert): string =>
  (alert.title || kindOf(alert.kind).word) + (alert.mode === 'drill' && !/drill/i.test(alert.title) ? ' drill' : '');
const incidentOf = (alert: Alert): string => alert.url ?? `/incidents/press/${encodeURIComponent(alert.press)}`;

async function confirm(alert: Alert, status: HTMLElement, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  button.textContent = 'Sending…';
  stopSound();
  for (let attempt = 0; attempt < 20 && open.has(alert.press); attempt++) {
    try {
      const answer = await fetch('/live/confirm', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ticket: liveTicket.value || alert.ticket, press: alert.press }),
      });
      if (answer.ok) {
        keepSeen(alert.press, sayTime(Date.now()));
        return leave(alert);
      }
      if (answer.status === 401 && attempt < 3) continue; // the ticket has just ended: the stream fetches the next one
      if (answer.status < 500) {
        // The confirmation is refused (a ticket too old): the alert must not hold the screen for that.
        keepSeen(alert.press, '');
        showToast(
          'Your confirmation was not recorded. Tell the office in person that you have seen the alert.',
          'error',
        );
        return leave(alert);
      }
    } catch {
      // no network: say so and keep trying
    }
    status.textContent = 'No connection: still trying to send. Act now, do not wait for this.';
    await new Promise((done) => setTimeout(done, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]));
  }
  button.disabled = false;
  button.textContent = 'I have seen this';
}

/** What whoever hides behind a locked door waits for: that the alarm has arrived, and that police know. */
function sayNews(alert: Alert): HTMLElement[] {
  const police = news.get(alert.press)?.police;
  const isMine = !!alert.by && alert.by === document.documentElement.dataset.user;
  const say = (name: string, text: string): HTMLElement => make('li', {}, icon(name), make('span', {}, text));
  return [
    ...(isMine ? [say('circle-check', 'You have raised this alarm: it has been received.')] : []),
    ...(police ? [say('shield-star', `${POLICE_KNOW} ${sayTime(readMoment(police.at))}`)] : []),
  ];
}

function tellNews(told: ProgressTold): void {
  for (const press of told.presses) news.set(press, told);
  const alert = shown && open.get(shown.press);
  if (alert && told.presses.includes(alert.press))
    shown!.dialog.querySelector('.told')?.replaceChildren(...sayNews(alert));
}

function draw(alert: Alert): HTMLDialogElement {
  const [modeIcon, modeWord] = MODES[alert.mode] ?? MODES.real;
  const status = make('p', { role: 'status' });
  const see = make('button', { class: 'btn see', type: 'button' }, 'I have seen this');
  see.addEventListener('click', () => void confirm(alert, status, see));
  const sound = make(
    'button',
    { class: 'btn onband', type: 'button', hidden: '' },
    icon('volume-off'),
    'Sound is off: turn on',
  );
  sound.addEventListener('click', async () => (sound.hidden = await startSound(alert.kind)));
  const where = make(
    'p',
    { class: 'where' },
    make('b', {}, alert.site_name),
    alert.place_name ? `, ${alert.place_name}` : '',
    `, since ${sayTime(readMoment(alert.at))}`,
  );
  const say = make(
    'div',
    { class: 'say' },
    make('p', { class: 'kind' }, icon(modeIcon), modeWord),
    make('div', { class: 'big-i' }, icon(kindOf(alert.kind).icon)),
    make('h2', { id: 'alert-h' }, nameOf(alert)),
    make('p', { class: 'directive', id: 'alert-d' }, alert.directive),
    where,
    make('div', { role: 'status' }, make('ul', { class: 'told' }, ...sayNews(alert))),
  );
  if (isDisplay()) see.hidden = true; // nobody stands there to confirm, and nobody could
  const more = make('a', { class: 'btn onband', href: incidentOf(alert) }, 'Open the incident');
  const dialog = make(
    'dialog',
    {
      class: 'takeover',
      role: 'alertdialog',
      'data-kind': alert.kind,
      'data-mode': alert.mode,
      'aria-labelledby': 'alert-h',
      'aria-describedby': 'alert-d',
    },
    say,
    make(
      'div',
      { class: 'do' },
      see,
      make(
        'div',
        { class: 'also' },
        isDisplay() ? null : cardButton(alert.kind, say),
        isDisplay() ? null : more,
        sound,
      ),
      status,
    ),
  );
  dialog.addEventListener('cancel', (event) => event.preventDefault()); // Escape does not make an alarm go away
  void startSound(alert.kind).then((isHeard) => (sound.hidden = isHeard));
  return dialog;
}

function hide(): void {
  stopSound();
  shown?.dialog.close();
  shown?.dialog.remove();
  shown = null;
  if (title) document.title = title;
  title = '';
  next();
}

/** While it was sent, a graver one may have taken its place. */
const leave = (alert: Alert): void => (shown?.press === alert.press ? hide() : next());

/* What is real goes before a drill, then the graver before the lesser. */
const rank = (alert: Alert): number => (alert.mode === 'real' ? 0 : WEIGHT.length + 1) + WEIGHT.indexOf(alert.kind);

function next(): void {
  drawBars();
  const [first] = [...open.values()]
    .filter((alert) => !isSeen(alert.press) && !isQuietAlert(alert))
    .sort((a, b) => rank(a) - rank(b));
  if (!first || isWall() || shown?.press === first.press) return;
  const before = shown && open.get(shown.press);
  if (shown) return void ((!before || rank(first) < rank(before)) && hide()); // the lesser comes back after it
  const dialog = draw(first);
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector<HTMLElement>('.see')?.focus();
  shown = { press: first.press, dialog };
  title = document.title;
  document.title = `${nameOf(first)}, ${first.site_name}`;
  if (first.mode !== 'test' && navigator.userActivation?.hasBeenActive) navigator.vibrate?.([400, 200, 400, 200, 400]);
}

/** A line under the top bar for each open response already seen: it stays until the end. */
function drawBars(): void {
  const box = document.getElementById('openbars');
  if (!box) return;
  box.replaceChildren(
    ...[...open.values()]
      .filter((alert) => isSeen(alert.press) && !isQuietAlert(alert))
      .map((alert) => {
        const at = seenAt(alert.press);
        return make(
          'a',
          { class: 'openbar', href: incidentOf(alert), 'data-kind': alert.kind, 'data-mode': alert.mode },
          icon(kindOf(alert.kind).icon),
          make('span', {}, `${nameOf(alert)}: ${alert.site_name}`),
          make('span', { class: 'end' }, at ? `You confirmed at ${at}` : 'Not confirmed'),
        );
      }),
  );
}

function end(alert: Alert): void {
  open.delete(alert.press);
  clearQuiet(alert.press);
  news.delete(alert.press);
  localStorage.removeItem(seenKey(alert.press));
  if (shown?.press === alert.press) hide();
  else next();
}

/** What another window said of an alert holds here too; words of incidents long over are thrown away. */
function shareSeen(): void {
  for (const key of Object.keys(localStorage))
    if (
      key.startsWith(SEEN) &&
      Date.now() - (JSON.parse(localStorage.getItem(key) ?? '[0]') as number[])[0] > SEEN_KEPT_MS
    )
      localStorage.removeItem(key);
  window.addEventListener('storage', (event) => {
    if (!event.key?.startsWith(SEEN) || event.newValue === null) return;
    if (shown && isSeen(shown.press)) hide();
    else drawBars();
  });
}

export function watchAlerts(): Alerts {
  shareSeen();
  const alerts: Alerts = {
    raise(alert) {
      told.add(alert.press);
      open.set(alert.press, alert);
      if (isQuietAlert(alert)) return void (isWall() || showQuiet(alert));
      next();
    },
    clear(over) {
      const gone = [over.press, ...(over.presses ?? [])].flatMap((press) => open.get(press) ?? []);
      for (const alert of new Set(gone)) end(alert);
      if (gone[0]) showToast(`All clear: ${nameOf(gone[0])} at ${gone[0].site_name} is over.`, 'success');
    },
    progress(told) {
      tellQuiet(told);
      tellNews(told);
    },
    reopened() {
      before = [...open.keys()];
      told.clear();
    },
    recheck() {
      for (const press of before) if (!told.has(press) && open.has(press)) end(open.get(press)!);
      before = [];
    },
  };
  // A page just loaded during an incident carries the open alerts itself: it does not wait for the stream.
  const text = document.getElementById('open-alerts')?.textContent;
  if (text) for (const alert of JSON.parse(text) as Alert[]) alerts.raise(alert);
  document.addEventListener('wb:show-alert', (event) => alerts.raise((event as CustomEvent).detail));
  document.addEventListener('click', (event) => {
    const sample = (event.target as Element).closest<HTMLElement>('[data-show-alert]');
    if (sample) alerts.raise(JSON.parse(sample.dataset.showAlert!) as Alert);
  });
  document.addEventListener('wb:theme', () => isQuietNow() && stopSound());
  return alerts;
}

/* An unattended display, known by its own address: it shows every alert and can do nothing. */
const isDisplay = (): boolean => document.querySelector('[data-display]') !== null;
/* The wall display shows what is on itself, to a room where nobody stands to confirm. */
const isWall = (): boolean => document.getElementById('wall') !== null;
const isQuietNow = (): boolean => isWall() || document.documentElement.dataset.theme === 'room';
