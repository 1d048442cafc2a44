// A family's own pages: kept on the phone, answered with or without a network, and offered as an app at the right moment.
import { csrfToken, icon, make } from '../kit.ts';
import { type Bundle, fetchBundle, forgetNotices, keepBundle } from '../offline/family.ts';
import { drop, enqueue, waiting } from '../offline/queue.ts';
import { armAnswers } from './family-answers.ts';
import { makeOffers } from './family-offers.ts';

export type Words = Record<string, string>;
const AGAIN_MS = 10 * 60_000;
const DONE = 'wb.family.asked';

/** The page's words by language: one on a live page, all of them on the empty one. */
export const allWords = (): Record<string, Words> =>
  JSON.parse(document.getElementById('family-words')?.textContent ?? '{}') as Record<string, Words>;

/** “14:05”, with its day unless that is today; in the school's time and the reader's language. */
export function sayWhen(at: string, zone: string, language: string): string {
  const day = (moment: number): string =>
    new Intl.DateTimeFormat('en-CA', { timeZone: zone || undefined }).format(moment);
  const time: Intl.DateTimeFormatOptions = {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone || undefined,
  };
  const moment = Date.parse(at);
  return new Intl.DateTimeFormat(
    language || 'en',
    day(moment) === day(Date.now()) ? time : { ...time, month: 'short', day: 'numeric' },
  ).format(moment);
}

/** “As of 14:05: no connection”. */
export function sayAge(box: HTMLElement | null, words: Words, when: string, more = ''): void {
  if (!box) return;
  box.replaceChildren(
    icon('wifi-off'),
    make('p', {}, make('b', {}, words.as_of.replace('{}', when)), more ? ` ${more}` : ''),
  );
  box.hidden = false;
}

async function keepShown(page: HTMLElement): Promise<void> {
  const own = document.getElementById('family-kept')?.textContent;
  if (own) await keepBundle(JSON.parse(own) as Bundle);
  const url = page.dataset.keptUrl!;
  if (page.dataset.urgent !== undefined && page.dataset.family === 'message') return; // the rest can wait: the server has much to do now
  if (Date.now() - Number(sessionStorage.getItem(DONE + url) ?? 0) < AGAIN_MS && page.dataset.family === 'message')
    return;
  if (await fetchBundle(url, { whole: true, home: page.dataset.family === 'home' }))
    sessionStorage.setItem(DONE + url, String(Date.now()));
}

/** That it was shown here is told once, as soon as there is a network. */
export async function tellSeen(token: string): Promise<void> {
  const url = `/m/${token}/seen`;
  if ((await waiting('family')).some((one) => one.url === url)) return;
  await enqueue({
    key: `seen-${token}`,
    kind: 'family',
    url,
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: '',
    made_at: Date.now(),
  });
}

function watchNetwork(page: HTMLElement, words: Words): void {
  const box = page.querySelector<HTMLElement>('[data-as-of]');
  const zone = document.documentElement.dataset.zone ?? '';
  const opened = new Date().toISOString();
  const show = (): void => {
    if (navigator.onLine) box!.hidden = true;
    else sayAge(box, words, sayWhen(opened, zone, words.code), words.fresh);
  };
  addEventListener('offline', show);
  addEventListener('online', show);
  if (!navigator.onLine) show();
}

/** Everything of the school's is taken off this phone; what comes by text, call and mail is not touched. */
function armForgetting(page: HTMLElement): void {
  const button = page.querySelector<HTMLButtonElement>('[data-forget]');
  button?.addEventListener('click', async () => {
    button.disabled = true;
    await forgetNotices().catch(() => undefined);
    for (const one of await waiting('family')) await drop(one.key);
    const worker = await navigator.serviceWorker?.getRegistration();
    await (await worker?.pushManager?.getSubscription())?.unsubscribe().catch(() => false);
    // The server is told where it can be; else the push host tells it with the next message.
    if (page.dataset.pushStopUrl)
      await fetch(page.dataset.pushStopUrl, {
        method: 'POST',
        headers: { 'X-CSRFToken': csrfToken() },
        redirect: 'manual',
      }).catch(() => undefined);
    for (const name of Object.keys(localStorage)) if (name.startsWith('wb.family')) localStorage.removeItem(name);
    page.dataset.forgotten = '';
    page.querySelector<HTMLElement>('[data-forgotten][hidden], p[data-forgotten]')!.hidden = false;
  });
}

export function showFamily(): void {
  const spoken = document.querySelector<HTMLElement>('[data-speaks]');
  if (spoken) sayTimes(spoken, spoken.dataset.speaks!);
  const page = document.querySelector<HTMLElement>('[data-family]');
  const words = allWords()[page?.dataset.language ?? ''];
  if (!page || !words) return;
  if ('serviceWorker' in navigator && page.dataset.worker)
    void navigator.serviceWorker.register(page.dataset.worker, { scope: '/' }).catch(() => undefined);
  void keepShown(page).catch(() => undefined); // a browser that keeps nothing (a private window) shows everything all the same
  if (page.dataset.seen) void tellSeen(page.dataset.seen);
  watchNetwork(page, words);
  sayTimes(page, words.code);
  armAnswers(page, words);
  armForgetting(page);
  makeOffers(page, words);
  openWriting();
}

/** Days and times as the reader writes them. */
function sayTimes(page: HTMLElement, language: string): void {
  if (language === 'en') return; // the server wrote them so
  const form = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
    timeZone: document.documentElement.dataset.zone || undefined,
  });
  for (const time of page.querySelectorAll<HTMLTimeElement>('time[datetime]'))
    time.textContent = form.format(Date.parse(time.dateTime));
}

/** The bar's “Write” opens the form. */
function openWriting(): void {
  const open = (): void => {
    if (location.hash !== '#write') return;
    const form = document.getElementById('write') as HTMLDetailsElement | null;
    if (!form) return;
    form.open = true;
    form.scrollIntoView({ block: 'start' });
    form.querySelector('textarea')?.focus({ preventScroll: true });
  };
  addEventListener('hashchange', open);
  open();
}
