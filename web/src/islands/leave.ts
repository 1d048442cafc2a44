// Signing out takes along what this device has not sent yet: it is sent first; where that fails, the person decides.
import { make } from '../kit.ts';
import { flush, waiting } from '../offline/queue.ts';
import type { Waiting } from '../offline/store.ts';

const PATIENCE_MS = 4000;
const LOOK_MS = 500;
const WORDS: Record<string, [string, string]> = {
  'check-in': ['check-in report', 'check-in reports'],
  press: ['alarm', 'alarms'],
  answer: ['answer to an alarm', 'answers to alarms'],
  family: ['answer to the school', 'answers to the school'],
};

/** How many things one request holds: a check-in carries several reports. */
export function sizeOf(one: Waiting): number {
  try {
    const { reports, rooms } = JSON.parse(one.body) as { reports?: unknown[]; rooms?: unknown[] };
    return (reports?.length ?? 0) + (rooms?.length ?? 0) || 1;
  } catch {
    return 1;
  }
}

/** "1 alarm and 3 check-in reports"; the alarms first. */
export function sayUnsent(rows: Waiting[]): string {
  const counts = new Map<string, number>();
  for (const one of rows) counts.set(one.kind, (counts.get(one.kind) ?? 0) + sizeOf(one));
  const order = ['press', 'answer', 'check-in'];
  const kinds = [...counts].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return kinds
    .map(([kind, count]) => `${count} ${(WORDS[kind] ?? ['report', 'reports'])[count === 1 ? 0 : 1]}`)
    .join(' and ');
}

const isOld = (one: Waiting): boolean => Boolean(one.stale_ms && Date.now() - one.made_at > one.stale_ms);
/** What sending by itself can still bring about. */
const canGo = (one: Waiting): boolean => one.state === 'waiting' && !isOld(one);

function whyOf(rows: Waiting[]): string {
  if (rows.some(canGo))
    return 'Watchbell cannot be reached just now; sending goes on, and when all is sent you are signed out.';
  if (rows.every((one) => one.state === 'refused')) return 'Watchbell did not take what was sent.';
  return 'It is too old to be sent by itself: the page where it was made asks whether it is still needed.';
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Tries until all is sent that can be, at most `ms`. */
async function sendFor(ms: number): Promise<void> {
  const end = Date.now() + ms;
  do {
    await Promise.race([flush(), sleep(Math.max(0, end - Date.now()))]);
    if (!navigator.onLine || !(await waiting()).some(canGo)) return;
    await sleep(LOOK_MS);
  } while (Date.now() < end);
}

const AWAY = /^\/(accounts\/logout|family\/sign-out$)/;
const isAway = (form: HTMLFormElement): boolean => AWAY.test(new URL(form.action, location.href).pathname);

function go(form: HTMLFormElement): void {
  form.dataset.leaving = '';
  form.submit();
}

/** Stands while something is unsent; when all of it is sent, the sign-out goes on by itself. */
class Asking {
  private readonly say = make('p', { role: 'status' });
  private readonly stay = make('button', { class: 'btn', type: 'button' }, 'Stay signed in');
  private readonly lose = make('button', { class: 'btn danger', type: 'button', hidden: '' }, 'Sign out and lose them');
  private readonly title = make('h2', { id: 'leave-h' }, 'Sending first');
  readonly dialog = make(
    'dialog',
    { class: 'sheet', 'aria-labelledby': 'leave-h' },
    make('header', {}, this.title),
    make('div', { class: 'body' }, this.say),
    make('footer', {}, this.stay, this.lose),
  );
  private timer = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.stay.addEventListener('click', () => this.dialog.close());
    this.lose.addEventListener('click', () => this.leave());
    this.dialog.addEventListener('close', () => {
      clearInterval(this.timer);
      this.dialog.remove();
      (form.querySelector<HTMLElement>('button[type="submit"]') ?? form).focus();
    });
  }

  /** Opens with what is being sent; after PATIENCE_MS it says what is left and asks. */
  async run(rows: Waiting[]): Promise<void> {
    this.tell(`Sending ${sayUnsent(rows)} from this device…`);
    for (const menu of document.querySelectorAll<HTMLElement>('.menu:popover-open')) menu.hidePopover();
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.stay.focus();
    await sendFor(PATIENCE_MS);
    if (!this.dialog.open) return;
    await this.look();
    this.timer = window.setInterval(() => void this.look(), LOOK_MS);
  }

  private async look(): Promise<void> {
    const rows = await waiting();
    if (!this.dialog.open) return;
    if (!rows.length) return this.leave();
    const isOne = rows.reduce((sum, row) => sum + sizeOf(row), 0) === 1;
    this.title.textContent = 'Not everything is sent';
    this.lose.hidden = false;
    this.lose.textContent = `Sign out and lose ${isOne ? 'it' : 'them'}`;
    this.tell(
      `${sayUnsent(rows)} from this device ${isOne ? 'is' : 'are'} not sent. ${whyOf(rows)} Signing out deletes ${isOne ? 'it' : 'them'} from this device.`,
    );
  }

  /** Said again only when it has changed: a screen reader reads each change. */
  private tell(words: string): void {
    if (this.say.textContent !== words) this.say.textContent = words;
  }

  private leave(): void {
    clearInterval(this.timer);
    go(this.form);
  }
}

export function guardLeaving(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (!isAway(form) || form.dataset.leaving !== undefined) return;
    event.preventDefault();
    if (document.querySelector('dialog[aria-labelledby="leave-h"]')) return;
    void waiting().then((rows) => (rows.length ? new Asking(form).run(rows) : go(form)));
  });
}
