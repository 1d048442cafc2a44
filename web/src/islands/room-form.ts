// One room's own page: what is said there is on the device first, as on the check-in page, and goes when it can.
import { icon, make } from '../kit.ts';
import { enqueue, listen, type Told } from '../offline/queue.ts';

let asked = '';

function say(form: HTMLFormElement, state: string, name: string, words: string): void {
  const old = form.querySelector('.roll-outbox');
  const told = make('p', { class: 'roll-outbox', role: 'status', 'data-state': state }, icon(name), words);
  if (old) old.replaceWith(told);
  else form.append(told);
}

function hear(form: HTMLFormElement, told: Told): void {
  if (told.key !== asked) return;
  if (told.outcome === 'away')
    return say(form, 'waiting', 'clock-exclamation', 'No network: this waits on this device and is sent by itself.');
  if (told.outcome !== 'sent' && told.outcome !== 'refused') return;
  const { verdicts = [] } = JSON.parse(told.answer || '{}') as { verdicts?: { verdict: string; because: string }[] };
  const because =
    told.outcome === 'refused' ? told.because : verdicts.find((one) => one.verdict === 'refused')?.because;
  if (because) return say(form, 'refused', 'alert-octagon', `Not taken: ${because}`);
  say(form, 'sent', 'circle-check', 'Arrived.');
  if (form.dataset.next) location.assign(form.dataset.next);
}

/** Without this script the form is sent as any other. */
export function armRoomForm(): void {
  const form = document.querySelector<HTMLFormElement>('[data-room-form]');
  if (!form?.dataset.roomForm) return;
  listen('check-in', (told) => hear(form, told));
  form.addEventListener('submit', (event) => {
    const state = (event.submitter as HTMLButtonElement | null)?.value;
    if (!state) return;
    event.preventDefault();
    const given = new FormData(form);
    const room = {
      id: crypto.randomUUID(),
      place: form.dataset.place,
      state,
      accounted: Math.round(Number(given.get('accounted')) || 0),
      note: String(given.get('note') ?? ''),
      made_at: new Date().toISOString(), // as this device's clock shows it; the server sets it right
    };
    asked = crypto.randomUUID();
    say(form, 'waiting', 'clock-exclamation', 'Kept on this device, being sent…');
    void enqueue({
      key: asked,
      kind: 'check-in',
      url: form.dataset.roomForm!,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ rooms: [room] }),
      made_at: Date.now(),
    });
  });
}
