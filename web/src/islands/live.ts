// One event stream per page: tells regions to ask again, shows the age of what is on the screen, hands alerts on.
import htmx from 'htmx.org';
import { clockSkew, liveTicket, readMoment, sayTime } from '../kit.ts';
import { kept } from '../offline/store.ts';
import type { Alerts } from './alert.ts';

const RETRY_MS = [300, 700, 1500, 3000, 5000];
const QUIET_MS = 6000; // beats come each second; after this long without one the stream counts as cut
const COALESCE_MS = 150;

let source: EventSource | null = null;
let attempt = 0;
let lastBeatServer = 0;
let lastBeatHere = 0;
let bestOffset = Infinity;
let timer = 0;
let isRefused = false;
let followed = new Set<string>(); // what the stream was asked for last

const regions = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-live]')];
const topicsOf = (region: HTMLElement): string[] => (region.dataset.live ?? '').split(/[\s,]+/).filter(Boolean);
const matches = (wanted: string, topic: string): boolean =>
  wanted === topic || (!wanted.includes(':') && topic.startsWith(`${wanted}:`));

/** Asks again for one region: many touches in a moment become one request, and never two at once. */
function refresh(region: HTMLElement): void {
  if (region.dataset.asking) {
    region.dataset.again = '1';
    return;
  }
  region.dataset.asking = '1';
  setTimeout(async () => {
    try {
      const url = region.getAttribute('hx-get') ?? location.pathname + location.search;
      const isPart = region.hasAttribute('hx-get');
      const swap = region.getAttribute('hx-swap') ?? (isPart ? 'morph:innerHTML' : 'morph:outerHTML');
      await htmx.ajax('get', url, {
        source: region,
        target: region.getAttribute('hx-target') ?? region,
        swap,
        select: isPart || !region.id ? undefined : `#${CSS.escape(region.id)}`,
      });
    } catch {
      region.dataset.again = '1';
    } finally {
      delete region.dataset.asking;
      if (region.dataset.again && region.isConnected) {
        delete region.dataset.again;
        setTimeout(() => refresh(region), 800);
      }
    }
  }, COALESCE_MS);
}

function hear(topic: string): void {
  for (const region of regions())
    if (!region.closest('[data-paused]') && topicsOf(region).some((wanted) => matches(wanted, topic))) refresh(region);
}

function beat(at: string | number): void {
  lastBeatServer = readMoment(at);
  lastBeatHere = Date.now();
  bestOffset = Math.min(bestOffset, lastBeatHere - lastBeatServer);
  clockSkew.ms = bestOffset;
}

/** Seconds between the newest word of the server and now: the delay of the last beat, or the silence since the next was due. */
function behind(): number {
  const delay = lastBeatHere - lastBeatServer - bestOffset;
  return Math.max(delay, Date.now() - lastBeatHere - 1000, 0) / 1000;
}

function show(): void {
  const place = document.querySelector<HTMLElement>('#conn');
  if (!place) return;
  const isHeard = lastBeatHere > 0;
  const isCut = !source || source.readyState !== EventSource.OPEN || Date.now() - lastBeatHere > QUIET_MS;
  const state = isRefused
    ? 'off'
    : !isHeard && attempt < 3
      ? 'wait'
      : isCut && Date.now() - lastBeatHere > 2500
        ? 'off'
        : 'live';
  const text = isRefused
    ? 'Not live: sign in again'
    : state === 'wait'
      ? 'Connecting'
      : state === 'live'
        ? `Live, ${behind().toFixed(1)} s behind`
        : isHeard
          ? `Reconnecting, last update ${sayTime(lastBeatServer)}`
          : 'Not live, reload to update';
  place.dataset.state = state;
  const words = place.querySelector('.conn-t');
  if (words && words.textContent !== text) words.textContent = text;
  const spoken = document.querySelector('#conn-say');
  if (spoken && spoken.getAttribute('data-state') !== state) {
    spoken.textContent =
      state === 'off' ? text : spoken.hasAttribute('data-state') && state === 'live' ? 'Live again' : '';
    spoken.setAttribute('data-state', state);
  }
  if (isHeard && Date.now() - lastBeatHere > QUIET_MS && source) retry();
}

function retry(): void {
  source?.close();
  source = null;
  clearTimeout(timer);
  timer = window.setTimeout(
    () => void connect(),
    RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)] + Math.random() * 250,
  );
}

/** What was touched between the drawing of the page and the opening of its stream, or during a cut, was not heard. */
function catchUp(drawn: HTMLElement[]): void {
  for (const region of drawn) if (region.hasAttribute('hx-get')) refresh(region);
}

/** A part that came later may follow something of its own: the stream is opened anew with it, beside the one that is on. */
function followMore(): void {
  const more = regions().filter((region) => topicsOf(region).some((topic) => !followed.has(topic)));
  if (more.length && source?.readyState === EventSource.OPEN) void connect(more);
}

function listen(stream: EventSource, alerts: Alerts): void {
  const on = (name: string, act: (data: any) => void) =>
    stream.addEventListener(name, (event) => {
      try {
        act(JSON.parse((event as MessageEvent).data));
      } catch {
        console.warn(`A live ${name} that is no JSON was passed over.`);
      }
    });
  on('beat', (data) => beat(typeof data === 'number' ? data : data.at));
  on('touch', (data) => hear(String(data.topic)));
  on('alert', (data) => alerts.raise(data));
  on('clear', (data) => {
    alerts.clear(data);
    document.dispatchEvent(new CustomEvent('wb:over', { detail: data }));
  });
  on('recalled', () => alerts.recheck());
  on('progress', (data) => {
    alerts.progress(data);
    document.dispatchEvent(new CustomEvent('wb:progress', { detail: data }));
  });
}

let heard: Alerts;

/** A ticket for the stream; with the record away the kept press ticket opens it still, for alerts and one's own press. */
async function liveTicketFor(topics: string[]): Promise<string | null> {
  const own = document.querySelector<HTMLElement>('#conn')?.dataset.ticketUrl; // an unattended display has no session
  const answer = await fetch(own ?? `/live-ticket?topics=${encodeURIComponent(topics.join(','))}`, {
    headers: { Accept: 'application/json' },
    cache: 'no-store',
  });
  if (answer.status === 401 || answer.status === 403 || (own && answer.status === 404) || answer.redirected)
    return null;
  if (answer.ok) return ((await answer.json()) as { ticket: string }).ticket;
  const ticket = answer.status === 503 && attempt > 1 ? await kept('press-ticket') : '';
  if (!ticket) throw new Error(String(answer.status));
  return ticket;
}

async function connect(more?: HTMLElement[]): Promise<void> {
  const topics = [...(followed = new Set(regions().flatMap(topicsOf)))];
  try {
    const ticket = await liveTicketFor(topics);
    if (ticket === null) return void (isRefused = true);
    liveTicket.value = ticket;
    const before = more ? source : null;
    const stream = (source = new EventSource(
      `/live/events?ticket=${encodeURIComponent(ticket)}&topics=${encodeURIComponent(topics.join(','))}`,
    ));
    listen(stream, heard);
    stream.onopen = () => {
      before?.close();
      attempt = 0;
      heard.reopened();
      catchUp(more ?? regions());
    };
    stream.onerror = () => {
      before?.close();
      stream.close();
      retry(); // an expired ticket ends the stream too: a new one is asked for, never the old one repeated
    };
  } catch {
    retry();
  }
}

export function followLive(alerts: Alerts): void {
  if (!document.querySelector('#conn')) return;
  heard = alerts;
  void connect();
  setInterval(show, 500);
  document.addEventListener('htmx:afterSettle', followMore);
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-pause]');
    if (!button) return;
    const region = button.closest('[data-pausable]') ?? button.closest('.card');
    const isOn = region?.toggleAttribute('data-paused') ?? false;
    button.setAttribute('aria-pressed', String(isOn));
    if (!isOn && region)
      for (const one of [region, ...region.querySelectorAll('[data-live]')])
        if (one instanceof HTMLElement && one.dataset.live) refresh(one);
  });
  addEventListener('online', () => attempt && retry());
  addEventListener('pagehide', () => source?.close());
  window.addEventListener('pageshow', (event) => event.persisted && retry());
}
