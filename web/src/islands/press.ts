// The panic page: a held button becomes a press that is kept on the device and sent until the server has it.
import { icon, make, readMoment, sayTime } from '../kit.ts';
import { rearm } from './hold.ts';

interface Press {
  key: string;
  at: number;
  body: { kind: string; site: string; place: string | null; mode: string; note: string };
  refused?: string;
}

const QUEUE = 'wb.presses';
const TICKET = 'wb.press-ticket';
const STALE_MS = 5 * 60_000; // an old press is never sent by itself: the moment it was meant for has passed
const RETRY_MS = [400, 800, 1500, 2500, 4000];
const DOUBT_MS = 8000;
const KEPT_MS = 15 * 60_000;

let isSending = false;
let root: HTMLElement;

const read = (): Press[] => JSON.parse(localStorage.getItem(QUEUE) ?? '[]') as Press[];
const write = (queue: Press[]): void => localStorage.setItem(QUEUE, JSON.stringify(queue));
const drop = (key: string): void => write(read().filter((press) => press.key !== key));
const call = (): string => root.dataset.call || '911';

function show(state: string, name: string, heading: string, text: string, ...buttons: Node[]): void {
  const place = root.querySelector<HTMLElement>('[data-press-status]')!;
  place.hidden = false;
  place.dataset.state = state;
  place.replaceChildren(icon(name), make('b', {}, heading), make('p', {}, text), ...buttons);
}

const callButton = (): HTMLAnchorElement => make('a', { class: 'btn danger pri', href: `tel:${call().replace(/[^+\d]/g, '')}` }, icon('phone-call'), `Call ${call()}`);

async function post(press: Press): Promise<'sent' | 'refused' | 'away'> {
  const ticket = root.dataset.ticket || localStorage.getItem(TICKET) || '';
  const stop = AbortSignal.timeout(6000);
  const headers = { 'Content-Type': 'application/json', Authorization: `Ticket ${ticket}`, 'Idempotency-Key': press.key };
  const answer = await fetch('/api/v1/alarms', { method: 'POST', headers, body: JSON.stringify(press.body), signal: stop });
  if (answer.status === 201) return 'sent';
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return 'away';
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string };
  press.refused = problem.detail || problem.title || `Answer ${answer.status}`;
  return 'refused';
}

async function send(press: Press): Promise<boolean> {
  show('sending', 'loader', 'Sending', 'Keep this page open.');
  for (let attempt = 0; ; attempt++) {
    let result: 'sent' | 'refused' | 'away' = 'away';
    try {
      result = await post(press);
    } catch {
      result = 'away';
    }
    if (result === 'sent') {
      drop(press.key);
      show('sent', 'circle-check', `Sent ${sayTime(Date.now(), true)}`, press.body.mode === 'drill' ? 'The drill has begun.' : 'Help has been told. Follow your plan.');
      navigator.vibrate?.([60, 60, 60]);
      return true;
    }
    if (result === 'refused') {
      drop(press.key);
      show('failed', 'alert-octagon', `Not sent: call ${call()}`, press.refused ?? '', callButton());
      return false;
    }
    if (Date.now() - press.at > DOUBT_MS) show('failed', 'wifi-off', `Not sent: call ${call()}`, `No connection since ${sayTime(press.at)}. Still trying, keep this page open.`, callButton());
    if (Date.now() - press.at > KEPT_MS) return false;
    await new Promise((done) => setTimeout(done, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]));
  }
}

/** Asks about a press that was left over from earlier. */
function askStale(press: Press): void {
  const again = make('button', { class: 'btn pri', type: 'button' }, 'Send it now');
  const not = make('button', { class: 'btn', type: 'button' }, 'Do not send');
  again.addEventListener('click', () => {
    write(read().map((one) => (one.key === press.key ? { ...one, at: Date.now() } : one)));
    void work();
  });
  not.addEventListener('click', () => {
    drop(press.key);
    root.querySelector<HTMLElement>('[data-press-status]')!.hidden = true;
  });
  show('stale', 'clock-exclamation', 'An alarm was not sent', `${press.body.kind.replaceAll('_', ' ')}, pressed at ${sayTime(press.at)}. Is it still needed?`, again, not);
}

async function work(): Promise<void> {
  if (isSending) return;
  isSending = true;
  try {
    for (let press = read()[0]; press; press = read()[0]) {
      if (Date.now() - press.at > STALE_MS) return askStale(press);
      if (!(await send(press)) && read().some((one) => one.key === press.key)) return;
    }
  } finally {
    isSending = false;
    root.querySelectorAll<HTMLElement>('[data-held]').forEach((button) => rearm(button));
  }
}

export function armPress(): void {
  const found = document.querySelector<HTMLElement>('[data-press]');
  if (!found) return;
  root = found;
  if (root.dataset.ticket) localStorage.setItem(TICKET, root.dataset.ticket);
  root.addEventListener('wb:held', (event) => {
    event.preventDefault();
    const button = (event.target as Element).closest<HTMLElement>('[data-hold-ms]')!;
    const mode = root.dataset.mode ?? 'real';
    const body = { kind: button.dataset.kind ?? 'lockdown', site: root.dataset.site ?? '', place: root.dataset.place || null, mode, note: '' };
    const at = button.dataset.at ? readMoment(button.dataset.at) : Date.now();
    write([...read(), { key: crypto.randomUUID(), at, body }]);
    void work();
  });
  addEventListener('online', () => void work());
  if (read().length) void work();
}
