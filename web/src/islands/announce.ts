// Announcing: zones and ways, listening before it goes out, the live microphone, and the recorder.
import { csrfToken } from '../kit.ts';
import { type Mic, openMic, wavOf, wavOfFile, whyNoMic } from './mic.ts';

const KEEP_ALIVE_MS = 400;
const pick = <T extends HTMLElement = HTMLElement>(root: ParentNode, what: string): T => root.querySelector<T>(what)!;

async function ask(
  url: string,
  body: FormData,
): Promise<{ problem?: string; ticket?: string; url?: string; id?: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'X-CSRFToken': csrfToken(), Accept: 'application/json' },
  });
  if (answer.ok || answer.status === 409) return answer.json();
  return {
    problem: answer.status === 413 ? 'The file is too large.' : 'The server does not answer as it should. Try again.',
  };
}

// -- zones and ways --------------------------------------------------------------------------------------------------

function chooseZones(form: HTMLFormElement): void {
  const zones = (): HTMLInputElement[] => [...form.querySelectorAll<HTMLInputElement>('input[name="zones"]')];
  const mirror = (): void => {
    const count = zones().filter((zone) => zone.checked).length;
    for (const box of form.querySelectorAll<HTMLInputElement>('[data-all]')) {
      const mine = zones().filter((zone) => box.dataset.all === '' || zone.dataset.site === box.dataset.all);
      const on = mine.filter((zone) => zone.checked).length;
      box.checked = on === mine.length && on > 0;
      box.indeterminate = on > 0 && on < mine.length;
    }
    pick(form, '[data-zone-count]').textContent = count
      ? `${count} zone${count === 1 ? '' : 's'} chosen`
      : 'No zone chosen yet';
  };
  form.addEventListener('change', (event) => {
    const box = event.target as HTMLInputElement;
    if (box.dataset.all !== undefined)
      for (const zone of zones())
        if (box.dataset.all === '' || zone.dataset.site === box.dataset.all) zone.checked = box.checked;
    mirror();
  });
  mirror();
}

function chooseWay(form: HTMLFormElement): void {
  const show = (): void => {
    const way = form.querySelector<HTMLInputElement>('input[name="way"]:checked')?.value ?? 'text';
    for (const panel of form.querySelectorAll<HTMLElement>('[data-way]')) panel.hidden = panel.dataset.way !== way;
    pick(form, '[data-send]').hidden = way === 'live';
  };
  form.addEventListener('change', show);
  show();
  const more = form.querySelector<HTMLSelectElement>('[data-add-language]');
  more?.addEventListener('change', () => {
    const field = form.querySelector<HTMLElement>(`[data-language="${CSS.escape(more.value)}"]`);
    if (field) field.hidden = false;
    field?.querySelector('textarea')?.focus();
    more.value = '';
  });
}

// -- listening before it goes out ------------------------------------------------------------------------------------

let player: HTMLAudioElement | null = null;

async function listen(button: HTMLButtonElement, sound: () => Promise<Response>): Promise<void> {
  const status = button.parentElement!.querySelector('[data-said]') ?? button;
  const was = button.lastChild?.textContent ?? '';
  button.disabled = true;
  button.lastChild!.textContent = 'Preparing…';
  try {
    const answer = await sound();
    if (!answer.ok) throw new Error();
    player?.pause();
    player = new Audio(URL.createObjectURL(await answer.blob()));
    await player.play();
    if (status !== button) status.textContent = 'Playing here only, not on the speakers.';
  } catch {
    if (status !== button)
      status.textContent = 'This cannot be played. Is there a text, and does this language have a voice?';
  } finally {
    button.disabled = false;
    button.lastChild!.textContent = was;
  }
}

function armListening(root: ParentNode): void {
  root.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('[data-preview], [data-play-prompt]');
    if (!button) return;
    if (button.dataset.playPrompt !== undefined) {
      const kind = pick<HTMLSelectElement>(root, 'select[name="prompt"]').value;
      return void listen(button, () =>
        fetch(`/announce/prompts/${encodeURIComponent(kind)}/${button.dataset.playPrompt}`),
      );
    }
    const body = new FormData();
    body.set('language', button.dataset.preview!);
    body.set('text', pick<HTMLTextAreaElement>(root, `[name="text_${button.dataset.preview}"]`).value);
    void listen(button, () =>
      fetch('/announce/preview', { method: 'POST', body, headers: { 'X-CSRFToken': csrfToken() } }),
    );
  });
}

// -- the live microphone ---------------------------------------------------------------------------------------------

class Live {
  private mic: Mic | null = null;
  private socket: WebSocket | null = null;
  private count = 0;
  private lastSent = 0;
  private isOnAir = false;
  private isHeld = false;
  private started = 0;
  private clock = 0;
  private readonly panel: HTMLElement;

  constructor(private readonly form: HTMLFormElement) {
    this.panel = pick(form, '[data-live-mic]');
    pick(form, '[data-go-live]').addEventListener('click', () => void this.go());
    pick(form, '[data-off-air]').addEventListener('click', () => this.end('You are off the air.'));
    const talk = pick(form, '[data-talk]');
    const hold = (isHeld: boolean) => (event: Event) => {
      event.preventDefault();
      this.isHeld = isHeld;
      talk.toggleAttribute('data-held', isHeld);
      this.say();
    };
    talk.addEventListener('pointerdown', hold(true));
    for (const name of ['pointerup', 'pointercancel', 'pointerleave', 'blur']) talk.addEventListener(name, hold(false));
    talk.addEventListener('keydown', (event) => event.key === ' ' && hold(true)(event));
    talk.addEventListener('keyup', (event) => event.key === ' ' && hold(false)(event));
    addEventListener('pagehide', () => this.end(''));
  }

  private get isHandsFree(): boolean {
    return pick<HTMLInputElement>(this.form, '[name="hands_free"]').checked;
  }

  private show(state: string, words: string, more = ''): void {
    this.panel.dataset.state = state;
    pick(this.panel, '[data-live-words]').textContent = words;
    pick(this.panel, '[data-live-more]').textContent = more;
    pick(this.panel, '[data-go-live]').hidden = !['ready', 'over', 'cut', 'failed'].includes(state);
    pick(this.panel, '[data-off-air]').hidden = !['wait', 'live', 'muted'].includes(state);
    pick(this.panel, '[data-talk]').hidden = this.isHandsFree || !['live', 'muted'].includes(state);
  }

  private say(): void {
    if (!this.isOnAir) return;
    if (this.isHandsFree || this.isHeld) this.show('live', 'You are live', 'Every word is heard in the chosen zones.');
    else
      this.show(
        'muted',
        'Hold to talk',
        'You are connected; nobody hears you until you hold the button or the space bar.',
      );
  }

  private async go(): Promise<void> {
    this.show('wait', 'Opening the microphone', 'The browser may ask you to allow it.');
    try {
      this.mic = await openMic((frame, level) => this.hear(frame, level));
    } catch (error) {
      return this.show('failed', 'No microphone', whyNoMic(error));
    }
    let made: Awaited<ReturnType<typeof ask>>;
    try {
      made = await ask(this.form.action, new FormData(this.form));
    } catch {
      made = { problem: 'No connection to the server.' };
    }
    if (!made.ticket) return this.end(made.problem ?? 'The announcement could not begin.', 'failed');
    this.show('wait', 'Wait for the chime', 'The zones are being opened.');
    this.socket = new WebSocket(
      `${location.origin.replace(/^http/, 'ws')}/live/announce?ticket=${encodeURIComponent(made.ticket)}`,
    );
    this.socket.onmessage = (event) => this.told(JSON.parse(event.data as string));
    this.socket.onclose = (event) =>
      this.socket &&
      this.end(
        event.reason || 'The connection was lost: the announcement has ended.',
        event.code === 4000 && this.isOnAir ? 'cut' : 'failed',
      );
    const link = pick<HTMLAnchorElement>(this.panel, '[data-live-link]');
    link.href = made.url!;
    link.hidden = false;
  }

  private told(one: { state: string; because: string; seconds: number }): void {
    if (one.state === 'on' && !this.isOnAir) {
      this.isOnAir = true;
      setTimeout(() => this.begin(), one.seconds * 1000);
    } else if (one.state === 'cut') this.show('cut', 'Cut off', one.because);
    else if (one.state === 'refused' && !this.isOnAir) pick(this.panel, '[data-live-more]').textContent = one.because; // others may begin
  }

  private begin(): void {
    if (!this.socket) return;
    this.started = Date.now();
    this.clock = window.setInterval(
      () =>
        (pick(this.panel, '[data-live-time]').textContent = new Date(Date.now() - this.started)
          .toISOString()
          .slice(14, 19)),
      500,
    );
    this.panel.dataset.open = '';
    this.say();
  }

  private hear(frame: Uint8Array, level: number): void {
    const bar = pick<HTMLMeterElement>(this.panel, 'meter');
    bar.value = Math.max(0, 1 + Math.log10(Math.max(level, 1e-4)) / 2.5);
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const isHeard = this.panel.dataset.open !== undefined && (this.isHandsFree || this.isHeld);
    if (!isHeard && Date.now() - this.lastSent < KEEP_ALIVE_MS) return;
    this.lastSent = Date.now();
    const told = new Uint8Array(isHeard ? 4 + frame.length : 4);
    new DataView(told.buffer).setUint32(0, isHeard ? ++this.count : this.count);
    if (isHeard) told.set(frame, 4);
    this.socket.send(told);
  }

  private end(words: string, state = 'over'): void {
    const socket = this.socket;
    this.socket = null;
    if (socket?.readyState === WebSocket.OPEN) socket.send('end');
    setTimeout(() => socket?.close(), 200);
    this.mic?.stop();
    this.mic = null;
    this.isOnAir = this.isHeld = false;
    this.count = 0;
    clearInterval(this.clock);
    delete this.panel.dataset.open;
    if (words)
      this.show(state, state === 'cut' ? 'Cut off' : state === 'failed' ? 'Not on the air' : 'Off the air', words);
  }
}

// -- the recorder ----------------------------------------------------------------------------------------------------

function armRecorder(form: HTMLFormElement): void {
  const [record, status, trial, keep] = ['[data-record]', '[data-said]', 'audio', '[type="submit"]'].map((what) =>
    pick(form, what),
  ) as [HTMLButtonElement, HTMLElement, HTMLAudioElement, HTMLButtonElement];
  const file = pick<HTMLInputElement>(form, 'input[type="file"]');
  const most = Number(form.dataset.recorder) * 50;
  let frames: Uint8Array[] = [];
  let mic: Mic | null = null;
  let sound: Blob | null = null;
  const take = (blob: Blob, words: string) => {
    sound = blob;
    trial.src = URL.createObjectURL(blob);
    trial.hidden = false;
    status.textContent = words;
  };
  const finish = () => {
    mic?.stop();
    mic = null;
    record.lastChild!.textContent = 'Record again';
    delete record.dataset.on;
    take(wavOf(frames), `${(frames.length / 50).toFixed(1)} s recorded. Listen to it, then keep it.`);
  };
  record.addEventListener('click', async () => {
    if (mic) return finish();
    frames = [];
    try {
      mic = await openMic((frame, level) => {
        frames.push(frame);
        pick<HTMLMeterElement>(form, 'meter').value = Math.max(0, 1 + Math.log10(Math.max(level, 1e-4)) / 2.5);
        status.textContent = `Recording, ${(frames.length / 50).toFixed(0)} s`;
        if (frames.length >= most) finish();
      });
      record.dataset.on = '';
      record.lastChild!.textContent = 'Stop';
    } catch (error) {
      status.textContent = whyNoMic(error);
    }
  });
  file.addEventListener('change', async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    try {
      take(await wavOfFile(chosen), 'Listen to it, then keep it.');
    } catch {
      status.textContent = 'The browser cannot play this file. Choose WAV, MP3, M4A or OGG.';
    }
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!sound) return void (status.textContent = 'Record something or choose a file first.');
    keep.disabled = true;
    const body = new FormData(form);
    body.set('sound', sound, 'recording.wav');
    body.set('source', frames.length ? 'recorded' : 'uploaded');
    const made = await ask(form.action, body).catch(() => ({ problem: 'No connection to the server.' }));
    keep.disabled = false;
    if (made.problem) return void (status.textContent = made.problem);
    location.reload();
  });
}

/** A recording counts as listened to when its player has come to the end. */
function noteListening(): void {
  document.addEventListener(
    'ended',
    (event) => {
      const player = event.target as HTMLElement;
      const heard = player.dataset?.listened;
      if (!heard) return;
      void fetch(heard, { method: 'POST', headers: { 'X-CSRFToken': csrfToken() } }).then((answer) => {
        const offer = player.closest('.call-me')?.querySelector<HTMLElement>('[data-offer]');
        if (!answer.ok || !offer) return;
        offer.dataset.ready = '';
        offer.textContent = 'Kept among the recordings.';
        offerRecordings();
      });
    },
    true,
  );
}

// -- recorded by telephone -------------------------------------------------------------------------------------------

/** What was recorded in a call is chosen for the message whose form the call was asked from. */
function offerRecordings(): void {
  for (const offer of document.querySelectorAll<HTMLElement>('form [data-offer][data-ready]:not([data-offered])')) {
    offer.dataset.offered = '';
    const { offer: digest, name, language } = offer.dataset;
    const choice = offer.closest('form')!.querySelector<HTMLSelectElement>(`select[name="sound_${language}"]`);
    if (!choice || !digest) continue;
    if (![...choice.options].some((one) => one.value === digest)) choice.add(new Option(name, digest));
    choice.value = digest;
    choice.dispatchEvent(new Event('change', { bubbles: true }));
    offer.textContent = 'Chosen: the call plays it.';
  }
}

/** Enter in the fields of a call calls; it does not send the message they stand in. */
function callByEnter(): void {
  document.addEventListener('keydown', (event) => {
    const field = event.target as HTMLElement;
    if (event.key !== 'Enter' || field.tagName !== 'INPUT') return;
    const button = field.closest('[data-call-me]')?.querySelector<HTMLButtonElement>('[data-call]');
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}

export function armAnnouncing(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-announce]');
  if (form) {
    chooseZones(form);
    chooseWay(form);
    armListening(form);
    new Live(form);
  }
  const recorder = document.querySelector<HTMLFormElement>('form[data-recorder]');
  if (recorder) armRecorder(recorder);
  noteListening();
  callByEnter();
  document.addEventListener('htmx:afterSettle', offerRecordings);
}
