// Live pictures of cameras: one socket a tile, fragments into the browser's own player, the delay measured on the picture.
import { csrfToken, sayTime } from '../kit.ts';
import { canPlay, isFirst, Player, Stream } from './stream.ts';

const RETRY_MS = [300, 800, 2000, 4000, 8000];
const CLOSED = 4403; // the incident that opened this camera is over
const LATE_MS = 2000; // a picture so late is not called live
const GONE_MS = 2500; // without a new picture for so long there is none
const AWAY_MS = 1200; // a tile off the screen, a hidden tab: the picture stops
const NEAR = '600px 0px'; // what is nearly on the screen is opened already
const TAKEN = 5; // so many messages are acknowledged together

type Words = {
  state?: 'opening' | 'live' | 'none' | 'refused' | 'over' | 'seen';
  codec?: string;
  because?: string;
  code?: number;
  advice?: string;
  since?: number | null;
  off_seconds?: number | null;
  now?: number;
  took_ms?: number;
  width?: number;
  height?: number;
};
type Ticket = { ticket: string; look: string; renew_seconds: number; watermark: string };
const token = (): string =>
  csrfToken() || (document.querySelector<HTMLInputElement>('input[name="csrfmiddlewaretoken"]')?.value ?? '');
const socketUrl = (camera: string, ticket: string): string =>
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live/video/${camera}?ticket=${encodeURIComponent(ticket)}`;

class Refusal extends Error {}

/** Asks the server for a ticket; what it refuses is a Refusal with its words, everything else is worth another try. */
async function ask<T>(url: string): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'X-CSRFToken': token(), Accept: 'application/json' },
    redirect: 'manual',
  });
  if (answer.ok) return (await answer.json()) as T;
  if (answer.type === 'opaqueredirect') throw new Refusal('You are signed out. Sign in again.');
  const told = (await answer.json().catch(() => ({}))) as { because?: string };
  if (answer.status === 403 || answer.status === 404) throw new Refusal(told.because ?? 'You may not look here.');
  throw new Error(told.because ?? '');
}

class Tile {
  private readonly video: HTMLVideoElement;
  private socket: WebSocket | null = null;
  private stream: Stream | null = null;
  private ticket: Ticket | null = null;
  private codec = '';
  private offset = -Infinity; // the server's clock less ours
  private shownAt = 0; // when the newest picture was shown, our clock
  private delay = NaN;
  private off: number | null = null;
  private attempt = 0;
  private timers: number[] = [];
  private taken = 0;
  private readonly canTell = 'requestVideoFrameCallback' in HTMLVideoElement.prototype;
  private isOn = false;
  private isSeen = false;
  private leaving = 0;

  constructor(private readonly root: HTMLElement) {
    this.video = this.part<HTMLVideoElement>('video');
    root.dataset.armed = '1';
    this.video.disableRemotePlayback = true;
    new IntersectionObserver(
      (found) => {
        this.isSeen = found[found.length - 1]!.isIntersecting;
        this.decide();
      },
      { rootMargin: NEAR },
    ).observe(root);
    document.addEventListener('visibilitychange', () => this.decide());
    addEventListener('pagehide', () => this.stop());
    this.part('[data-vid-full]').addEventListener('click', () => this.fill());
    this.part('[data-vid-again]').addEventListener('click', () => this.restart());
    this.part('.vid-box').addEventListener('keydown', (event) => {
      if ((event.key === 'f' || event.key === 'Enter') && event.target === event.currentTarget) {
        event.preventDefault();
        this.fill();
      }
    });
  }

  private part<T extends HTMLElement = HTMLElement>(what: string): T {
    return this.root.querySelector<T>(what)!;
  }

  private fill(): void {
    const box = this.part('.vid-box');
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (box.requestFullscreen) void box.requestFullscreen().catch(() => undefined);
    else (this.video as unknown as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.();
  }

  /** On while somebody can see it. */
  private decide(): void {
    clearTimeout(this.leaving);
    if (this.isSeen && !document.hidden) this.start();
    else if (this.isOn) this.leaving = window.setTimeout(() => this.stop(), AWAY_MS);
  }

  private start(): void {
    if (this.isOn) return;
    if (!Player)
      return this.none(
        'This browser cannot show live pictures.',
        'Use a current browser; on an iPhone iOS 17.1 or newer.',
      );
    this.isOn = true;
    this.attempt = 0;
    this.show('wait', 'Opening');
    this.timers = [window.setInterval(() => this.look(), 250), window.setInterval(() => this.stamp(), 1000)];
    void this.connect();
  }

  private restart(): void {
    this.stop();
    this.decide();
  }

  private stop(): void {
    if (!this.isOn) return;
    this.isOn = false;
    for (const timer of this.timers) clearInterval(timer);
    this.hangUp();
    if (this.ticket)
      void fetch(`/cameras/looks/${this.ticket.look}/end`, {
        method: 'POST',
        keepalive: true,
        headers: { 'X-CSRFToken': token() },
      }).catch(() => undefined);
    this.ticket = null;
    this.show('wait', 'Stopped');
  }

  private hangUp(): void {
    const socket = this.socket;
    this.socket = null;
    this.taken = 0;
    socket?.close();
    this.stream?.close();
    this.stream = null;
  }

  // -- the connection -------------------------------------------------------------------------------------------------

  private async connect(): Promise<void> {
    try {
      this.ticket = await this.newTicket();
    } catch (error) {
      if (!this.isOn) return;
      if (error instanceof Refusal) return this.refuse(error.message);
      return this.again();
    }
    if (!this.isOn) return;
    this.stamp();
    const socket = (this.socket = new WebSocket(socketUrl(this.root.dataset.video!, this.ticket.ticket)));
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.socket) return;
      if (typeof event.data === 'string') this.hear(JSON.parse(event.data) as Words);
      else this.take(event.data);
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      this.socket = null;
      if (event.code === CLOSED) this.refuse(event.reason);
      else this.again();
    };
    const ends = window.setInterval(() => void this.renew(socket), this.ticket.renew_seconds * 1000);
    this.timers.push(ends);
  }

  /** For the same look once more, where there is one; else for a new one. */
  private async newTicket(): Promise<Ticket> {
    if (this.ticket) {
      try {
        return await ask<Ticket>(`/cameras/looks/${this.ticket.look}/renew`);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }
    return ask<Ticket>(this.root.dataset.look!);
  }

  private async renew(socket: WebSocket): Promise<void> {
    if (socket !== this.socket || !this.ticket) return;
    try {
      this.ticket = await ask<Ticket>(`/cameras/looks/${this.ticket.look}/renew`);
      socket.send(JSON.stringify({ ticket: this.ticket.ticket }));
    } catch (error) {
      if (error instanceof Refusal) this.refuse(error.message); // the database away: the ticket lasts for a while
    }
  }

  private again(): void {
    if (!this.isOn) return;
    if (this.attempt > 0) this.none('The connection is cut.', 'It comes back by itself.');
    const wait = RETRY_MS[Math.min(this.attempt++, RETRY_MS.length - 1)]!;
    window.setTimeout(() => this.isOn && !this.socket && void this.connect(), wait * (0.8 + Math.random() * 0.4));
  }

  private refuse(because: string): void {
    for (const timer of this.timers) clearInterval(timer);
    this.isOn = false;
    this.ticket = null;
    this.hangUp();
    this.none(because, '', true);
    this.root.dataset.state = 'refused';
    this.part('[data-vid-live]').textContent = 'Closed';
  }

  private hear(words: Words): void {
    if (words.now) this.offset = Math.max(this.offset, words.now - Date.now());
    if (words.state === 'live' && words.codec) {
      this.codec = words.codec;
      this.off = words.off_seconds ?? null;
      this.attempt = 0;
      if (!canPlay(words.codec))
        this.none(
          'This browser cannot play this camera’s H.264.',
          'Use another browser, or a simpler profile in the camera.',
        );
    } else if (words.state === 'none') {
      this.stream?.close();
      this.stream = null;
      this.none(this.since(words), words.advice ?? '');
    } else if (words.state === 'refused' && words.code === CLOSED) this.refuse(words.because ?? '');
  }

  private since(words: Words): string {
    const since = words.since ? `No picture since ${sayTime(words.since * 1000)}. ` : '';
    return since + (words.because ?? '');
  }

  private take(raw: ArrayBuffer): void {
    if (++this.taken >= TAKEN) {
      this.socket?.send(JSON.stringify({ got: this.taken }));
      this.taken = 0;
    }
    if (isFirst(raw)) {
      this.stream?.close();
      if (!canPlay(this.codec)) return;
      const stream = (this.stream = new Stream(this.video, this.codec));
      this.follow(stream);
    }
    this.stream?.take(raw);
  }

  // -- how old the picture is -----------------------------------------------------------------------------------------

  private follow(stream: Stream): void {
    if (!this.canTell) return;
    this.video.requestVideoFrameCallback((_now, frame) => {
      if (stream !== this.stream) return;
      this.measure(stream, frame.mediaTime);
      this.follow(stream);
    });
  }

  private measure(stream: Stream, seconds: number): void {
    const taken = stream.takenAt(seconds);
    if (taken === null) return;
    this.shownAt = Date.now();
    const delay = Math.max(0, Date.now() + (Number.isFinite(this.offset) ? this.offset : 0) - taken);
    this.delay =
      Number.isFinite(this.delay) && Math.abs(this.delay - delay) < 1000 ? this.delay * 0.8 + delay * 0.2 : delay;
  }

  private look(): void {
    if (!this.stream || !this.isOn) return;
    if (!this.canTell && this.video.currentTime > 0) this.measure(this.stream, this.video.currentTime);
    if (!this.shownAt) return;
    const quiet = Date.now() - this.shownAt;
    if (quiet > GONE_MS) return this.none(`No picture since ${sayTime(this.shownAt + Math.max(0, this.offset))}.`, '');
    const words = this.delay < 10_000 ? `${Math.round(this.delay)} ms` : `${Math.round(this.delay / 1000)} s`;
    this.root.dataset.delay = String(Math.round(this.delay));
    if (this.off !== null && Math.abs(this.off) > LATE_MS / 1000)
      this.show('late', `Camera clock ${this.off < 0 ? '−' : '+'}${Math.round(Math.abs(this.off))} s · ${words}`);
    else this.show(this.delay > LATE_MS ? 'late' : 'live', `${this.delay > LATE_MS ? 'LATE' : 'LIVE'} · ${words}`);
  }

  private stamp(): void {
    if (!this.ticket) return;
    const now = sayTime(Date.now() + (Number.isFinite(this.offset) ? this.offset : 0));
    this.part('[data-vid-mark]').textContent = `${this.ticket.watermark} · ${now}`;
  }

  // -- words over the picture -----------------------------------------------------------------------------------------

  private show(state: 'wait' | 'live' | 'late', words: string): void {
    this.root.dataset.state = state;
    const label = this.part('[data-vid-live]');
    if (label.textContent !== words) label.textContent = words;
    this.part('[data-vid-none]').hidden = true;
  }

  private none(because: string, advice: string, isOver = false): void {
    this.root.dataset.state = 'none';
    this.shownAt = 0;
    this.delay = NaN;
    this.part('[data-vid-live]').textContent = 'No picture';
    this.part('[data-vid-because]').textContent = because;
    this.part('[data-vid-advice]').textContent = advice;
    this.part('[data-vid-again]').hidden = !isOver;
    this.part('[data-vid-none]').hidden = false;
  }
}

/** Says whether the recorder gets a picture of a camera. */
function tryCamera(button: HTMLButtonElement): void {
  const told = document.querySelector<HTMLElement>('[data-video-found]')!;
  button.disabled = true;
  told.textContent = 'Looking for a picture…';
  const end = (words: string): void => {
    button.disabled = false;
    told.textContent = words;
  };
  ask<{ ticket: string }>(button.dataset.videoTest!)
    .then(({ ticket }) => {
      const socket = new WebSocket(socketUrl(button.dataset.camera!, ticket));
      let isTold = false;
      socket.onmessage = (event: MessageEvent<string>) => {
        const words = JSON.parse(event.data) as Words;
        if (words.state === 'seen')
          end(
            `There is a picture: ${words.width} × ${words.height}, after ${((words.took_ms ?? 0) / 1000).toFixed(1)} s.`,
          );
        else if (words.state === 'none') end(`No picture: ${words.because} ${words.advice ?? ''}`);
        else return;
        isTold = true;
      };
      socket.onclose = () => isTold || end('The recorder did not answer. Try again.');
    })
    .catch((error: Error) => end(error instanceof Refusal ? error.message : 'The server did not answer. Try again.'));
}

const MOST_ASKED = 20;
const AGAIN_MS = 500;

/** A part that waits for its incident to be recorded is asked for again, for a while. */
function askAgain(): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-part-again]')) {
    const place = part.parentElement!;
    const asked = Number(place.dataset.asked ?? 0);
    place.dataset.asked = String(asked + 1);
    if (asked < MOST_ASKED) setTimeout(() => place.dispatchEvent(new CustomEvent('again')), AGAIN_MS);
  }
}

function arm(): void {
  for (const root of document.querySelectorAll<HTMLElement>('[data-video]:not([data-armed])')) new Tile(root);
}

/** Tiles that are there, and those that come with a part of the page. */
export function showPictures(): void {
  arm();
  document.addEventListener('htmx:afterSettle', () => {
    arm();
    askAgain();
  });
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('[data-video-test]');
    if (button) tryCamera(button);
  });
}

export { arm as armPictures };
