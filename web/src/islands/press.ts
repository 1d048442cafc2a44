// The panic page: a held button becomes a press that is on the device first, then sent until the server has it.
import { icon, make, newKey, readMoment, sayTime, serverNow } from '../kit.ts';
import { drop, enqueue, listen, renewed, startSending, type Told, waiting } from '../offline/queue.ts';
import type { Waiting } from '../offline/store.ts';
import { rearm } from './hold.ts';
import { offerPosition, type Position, positionNow } from './position.ts';
import { followPress, forgetPress, isOver, resumePress, sayNext } from './pressed.ts';
import { TICKET, TICKET_URL } from './ticket.ts';

interface Body {
  kind: string;
  site: string;
  place: string | null;
  place_name: string;
  mode: string;
  note: string;
  position?: Position;
}

const KIND = 'press';
const STALE_MS = 5 * 60_000; // an old press is never sent by itself: the moment it was meant for has passed
const AGAIN_MS = 30_000; // a second press of the same within this time is the same press
const QUICK_MS = 900; // as long as this nobody is frightened by a network that is only slow

let root: HTMLElement;
let last: { mark: string; at: number } | null = null;

const bodyOf = (one: Waiting): Body => JSON.parse(one.body) as Body;
/** What makes a press the same as another; whoever walks meanwhile presses the same. */
const markOf = (body: Body): string => JSON.stringify({ ...body, position: undefined });
const call = (): string => root.dataset.call || '911';
const held = (): NodeListOf<HTMLElement> => root.querySelectorAll<HTMLElement>('[data-held]');

function show(state: string, name: string, heading: string, text: string, ...buttons: Node[]): void {
  const place = root.querySelector<HTMLElement>('[data-press-status]')!;
  place.hidden = false;
  place.dataset.state = state;
  place.replaceChildren(icon(name), make('b', {}, heading), make('p', {}, text), ...buttons);
  if (place.getBoundingClientRect().top < 0 || place.getBoundingClientRect().bottom > innerHeight)
    place.scrollIntoView({ block: 'start' }); // pressed further down: the answer must be seen
}

const callButton = (): HTMLAnchorElement =>
  make(
    'a',
    { class: 'btn danger pri', href: `tel:${call().replace(/[^+\d]/g, '')}` },
    icon('phone-call'),
    `Call ${call()}`,
  );
const sayUnsent = (at: number): void =>
  show(
    'failed',
    'wifi-off',
    `NOT sent yet: no network. Call ${call()}`,
    `Pressed at ${sayTime(at)}. It is kept on this device and sent as soon as the network is back.`,
    callButton(),
  );

/** What became of the newest press stands on the page, whichever page or worker has sent it. */
async function hear(told: Told): Promise<void> {
  const one = (await waiting(KIND)).find((entry) => entry.key === told.key);
  if (told.outcome === 'sent') {
    const { id, received_at } = JSON.parse(told.answer || '{}') as { id?: string; received_at?: number };
    const { kind, mode } = shownAs(told.key);
    show(
      'sent',
      'circle-check',
      `Received at ${sayTime(received_at ? readMoment(received_at) : serverNow())}`,
      sayNext(kind, mode),
    );
    navigator.vibrate?.([60, 60, 60]);
    if (id) followPress(root, { press: id, kind, mode, at: received_at ?? Date.now() / 1000 });
  } else if (told.outcome === 'refused') {
    void drop(told.key);
    last = null;
    show('failed', 'alert-octagon', `Not sent: call ${call()}`, told.because ?? '', callButton());
  } else if (told.outcome === 'away' && one) sayUnsent(one.made_at);
  else if (told.outcome === 'stale' && one) askStale(one);
  if (told.outcome !== 'queued') held().forEach((button) => rearm(button));
}

const marks = new Map<string, { kind: string; mode: string }>();
const shownAs = (key: string): { kind: string; mode: string } =>
  marks.get(key) ?? { kind: 'lockdown', mode: root.dataset.mode ?? 'real' };

/** Asks about a press that was left over from earlier. */
function askStale(one: Waiting): void {
  const again = make('button', { class: 'btn pri', type: 'button' }, 'Send it now');
  const not = make('button', { class: 'btn', type: 'button' }, 'Do not send');
  again.addEventListener('click', () => void renewed(one.key, Date.now()));
  not.addEventListener('click', () => {
    void drop(one.key);
    last = null;
    root.querySelector<HTMLElement>('[data-press-status]')!.hidden = true;
  });
  show(
    'stale',
    'clock-exclamation',
    'An alarm was not sent',
    `${bodyOf(one).kind.replaceAll('_', ' ')}, pressed at ${sayTime(one.made_at)}. Is it still needed?`,
    again,
    not,
  );
}

async function press(button: HTMLElement): Promise<void> {
  const mode = root.dataset.mode ?? 'real';
  const body: Body = {
    kind: button.dataset.kind ?? 'lockdown',
    site: root.dataset.site ?? '',
    place: root.dataset.place || null,
    place_name: root.dataset.placeName ?? '',
    mode,
    note: '',
  };
  const mark = markOf(body);
  const at = button.dataset.at ? readMoment(button.dataset.at) : Date.now();
  const same = (await waiting(KIND)).some(
    (one) => markOf(bodyOf(one)) === mark && one.state === 'waiting' && Date.now() - one.made_at < STALE_MS,
  );
  if (same || (last?.mark === mark && at - last.at < AGAIN_MS && !isOver())) return held().forEach((one) => rearm(one));
  last = { mark, at };
  forgetPress(root);
  const key = newKey();
  marks.set(key, { kind: body.kind, mode });
  show('sending', 'loader', 'Sending', 'Keep this page open.');
  const headers = { 'Content-Type': 'application/json', Authorization: `Ticket {kept:${TICKET}}` };
  await enqueue({
    key,
    kind: KIND,
    url: '/api/v1/alarms',
    method: 'POST',
    headers,
    body: JSON.stringify({ ...body, position: positionNow() }),
    made_at: at,
    stale_ms: STALE_MS,
    renew: { name: TICKET, url: TICKET_URL },
  });
  setTimeout(
    async () =>
      (await waiting(KIND)).some((one) => one.key === key) &&
      root.querySelector('[data-press-status][data-state="sending"]') &&
      sayUnsent(at),
    navigator.onLine ? QUICK_MS : 0,
  );
}

/** Digits held down press the buttons in their order, as the key caps beside them say. */
function armDigits(): void {
  const buttons = [...root.querySelectorAll<HTMLElement>('[data-hold-ms]')];
  const digitOf = (event: KeyboardEvent): HTMLElement | undefined =>
    /^[1-9]$/.test(event.key) &&
    !event.ctrlKey &&
    !event.altKey &&
    !event.metaKey &&
    !(event.target as Element).closest('input, select, textarea')
      ? buttons[Number(event.key) - 1]
      : undefined;
  document.addEventListener('keydown', (event) => {
    const button = digitOf(event);
    if (!button || event.repeat) return;
    button.focus();
    button.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true, cancelable: true }));
  });
  document.addEventListener('keyup', (event) => {
    digitOf(event)?.dispatchEvent(new KeyboardEvent('keyup', { key: ' ', bubbles: true, cancelable: true }));
  });
}

export function armPress(): void {
  const found = document.querySelector<HTMLElement>('[data-press]');
  if (!found) return;
  root = found;
  root.addEventListener('wb:held', (event) => {
    event.preventDefault();
    void press((event.target as Element).closest<HTMLElement>('[data-hold-ms]')!);
  });
  listen(KIND, (told) => void hear(told));
  armDigits();
  startSending();
  void offerPosition(root);
  resumePress(root, show);
  void waiting(KIND).then((rows) =>
    rows.forEach((one) => {
      marks.set(one.key, { kind: bodyOf(one).kind, mode: bodyOf(one).mode });
      if (Date.now() - one.made_at > STALE_MS) askStale(one);
      else sayUnsent(one.made_at);
    }),
  );
  addEventListener('offline', () => void waiting(KIND).then((rows) => rows[0] && sayUnsent(rows[0].made_at)));
}

/** Anywhere in the console: Ctrl+Alt+P held for a second opens the press page. */
export function armShortcut(): void {
  let timer = 0;
  document.addEventListener('keydown', (event) => {
    if (event.code !== 'KeyP' || !event.ctrlKey || !event.altKey) return;
    event.preventDefault();
    if (event.repeat || timer) return;
    timer = window.setTimeout(() => location.assign('/press'), 1000);
  });
  document.addEventListener('keyup', () => {
    clearTimeout(timer);
    timer = 0;
  });
}
