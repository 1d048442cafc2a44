// The dispatcher's page: works without this script; with it, it follows live and sends without loading anew.
import './styles/dispatch.css';
import { Idiomorph } from 'idiomorph/dist/idiomorph.esm.js';
import { runClocks } from './islands/clock.ts';
import { isOwnOfPlan, movePlans } from './islands/plan.ts';
import { armPictures } from './islands/video.ts';
import { clockSkew, readMoment } from './kit.ts';

const POLL_MS = 10_000;
const QUIET_MS = 6_000;
const FLOOR_MS = 1_000;
const root = document.querySelector<HTMLElement>('#dispatch');
let source: EventSource | null = null;
let lastBeat = 0;
let isAsking = false;
let isWanted = false;
let floorDue = 0;
let shownFloor = '';
let isHeld = false; // a finger moves the plan: it is drawn anew when it is let go

function say(state: 'live' | 'off' | 'wait', words: string): void {
  const place = document.querySelector<HTMLElement>('#conn');
  if (!place) return;
  place.dataset.state = state;
  if (place.textContent !== words) place.textContent = words;
}

/** Asks for what has changed; one question at a time, the newest answer wins. */
async function refresh(): Promise<void> {
  redrawSoon();
  if (isAsking) return void (isWanted = true);
  isAsking = true;
  try {
    const answer = await fetch(root!.dataset.now!, { cache: 'no-store' });
    if (answer.status === 401 || answer.status === 403 || answer.redirected) return void location.reload();
    if (answer.ok) {
      document.querySelector('#now')!.innerHTML = await answer.text();
      document.dispatchEvent(new CustomEvent('htmx:afterSwap')); // the clocks run on at this word
    }
  } catch {
    say('off', 'No connection: what stands here may be old');
  } finally {
    isAsking = false;
    if (isWanted) {
      isWanted = false;
      void refresh();
    }
  }
}

async function follow(): Promise<void> {
  source?.close();
  try {
    const answer = await fetch(root!.dataset.ticket!, { cache: 'no-store', headers: { Accept: 'application/json' } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const { ticket, topics } = (await answer.json()) as { ticket: string; topics: string[] };
    const query = new URLSearchParams({ ticket, topics: topics.join(',') });
    source = new EventSource(`/live/events?${query}`);
    source.addEventListener('touch', () => void refresh());
    source.addEventListener('beat', (event) => {
      lastBeat = Date.now();
      clockSkew.ms = lastBeat - readMoment(Number((event as MessageEvent).data));
      say('live', 'Live');
    });
    source.onopen = () => void refresh();
    source.onerror = () => {
      source?.close();
      source = null;
    };
  } catch {
    source = null;
  }
}

/** The nearest cameras; asked again while the incident is just being recorded. */
async function loadPart(place: HTMLElement, url: string, tries = 20): Promise<void> {
  try {
    const answer = await fetch(url, { cache: 'no-store', redirect: 'error' });
    if (!answer.ok) return;
    place.innerHTML = await answer.text();
    if (tries && place.querySelector('[data-part-again]')) setTimeout(() => void loadPart(place, url, tries - 1), 500);
    armPictures();
  } catch {
    setTimeout(() => void loadPart(place, url), 2000);
  }
}

async function send(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const body = new FormData(form, button as HTMLButtonElement | null);
  const told = document.querySelector('#told');
  button?.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
    const words = (await answer.json()) as { told: string; is_done: boolean };
    if (told) told.textContent = words.told;
    if (words.is_done) form.reset();
    setTimeout(() => void refresh(), 400);
  } catch {
    if (told) told.textContent = 'Not sent: no connection. Try again, or use radio and telephone.';
  } finally {
    button?.removeAttribute('aria-busy');
  }
}

/** The plan as it is now, at most once a second however much happens. */
function redrawSoon(): void {
  if (!floorDue && root?.dataset.floor) floorDue = window.setTimeout(() => void redraw(), FLOOR_MS);
}

async function redraw(): Promise<void> {
  const url = root!.dataset.floor!;
  try {
    if (isHeld) return;
    const answer = await fetch(url, { cache: 'no-store', redirect: 'error' });
    if (!answer.ok || isHeld || url !== root!.dataset.floor) return; // another floor was chosen meanwhile
    drawFloor(await answer.text());
  } catch {
    say('off', 'No connection: what stands here may be old');
  } finally {
    floorDue = 0;
    if (isHeld) redrawSoon();
  }
}

function drawFloor(text: string): void {
  if (text === shownFloor) return;
  shownFloor = text;
  Idiomorph.morph(document.querySelector('#floor')!, text, { morphStyle: 'innerHTML' });
  document.dispatchEvent(new CustomEvent('htmx:afterSettle')); // the plan arms itself at this word
}

async function showFloor(link: HTMLAnchorElement): Promise<void> {
  const answer = await fetch(link.dataset.floorUrl!);
  if (!answer.ok) return void (location.href = link.href);
  root!.dataset.floor = link.dataset.floorUrl;
  drawFloor(await answer.text());
  for (const one of document.querySelectorAll('[data-floor-url]')) one.removeAttribute('aria-current');
  link.setAttribute('aria-current', 'true');
}

Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name: string, node: Element) => !isOwnOfPlan(name, node);
runClocks();
movePlans();
if (root) {
  for (const place of document.querySelectorAll<HTMLElement>('[data-part]')) void loadPart(place, place.dataset.part!);
  void follow();
  setInterval(() => {
    if (source && Date.now() - lastBeat < QUIET_MS) return;
    if (lastBeat && Date.now() - lastBeat > QUIET_MS) say('off', 'Not live: asking every 10 seconds');
  }, 1000);
  setInterval(() => {
    if (source && Date.now() - lastBeat < QUIET_MS) return;
    void follow(); // the stream is away: ask as well, so that a poor link still shows what is new
    void refresh();
  }, POLL_MS);
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches('[data-quiet]')) return;
    event.preventDefault();
    void send(form, (event as SubmitEvent).submitter);
  });
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('[data-floor-url]');
    if (!link) return;
    event.preventDefault();
    void showFloor(link);
  });
  document.querySelector('#floor')?.addEventListener('pointerdown', () => (isHeld = true));
  for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => (isHeld = false));
  addEventListener('pagehide', () => source?.close());
}
