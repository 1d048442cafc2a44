// "On my way" in one tap: from an alert, from the incident's page, from a push message; kept on the device until it is sent.
import { newKey } from '../kit.ts';
import { enqueue, listen, startSending } from '../offline/queue.ts';
import { TICKET, TICKET_URL } from './ticket.ts';
import { showToast } from './toast.ts';

export type Answer = 'on_my_way' | 'arrived' | 'cannot_come';
export const ANSWERS: Record<Answer, [icon: string, word: string, done: string]> = {
  on_my_way: ['run', 'On my way', 'You are on the way: they know.'],
  arrived: ['map-pin', 'I am there', 'You are there: they know.'],
  cannot_come: ['user-x', 'I cannot come', 'They know that you cannot come.'],
};
export type AidAnswer = 'aed_here' | 'aed_not_here' | 'kit_here' | 'kit_not_here';
/** What whoever brings something says once: it keeps others from running for another one. */
export const AIDS: Record<AidAnswer, [icon: string, word: string, done: string]> = {
  aed_here: ['heartbeat', 'The AED is here', 'They know that the AED is here: nobody runs for another one.'],
  aed_not_here: ['x', 'Not here', 'They know that the AED is not here.'],
  kit_here: ['first-aid-kit', 'The kit is here', 'They know that the kit is here.'],
  kit_not_here: ['x', 'Not here', 'They know that the kit is not here.'],
};
const STALE_MS = 10 * 60_000;

/** Sends one answer under the kept ticket, which holds for hours and is checked without the database. */
export async function answer(press: string, what: Answer | AidAnswer): Promise<void> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Authorization: `Ticket {kept:${TICKET}}`,
  };
  const key = newKey();
  await enqueue({
    key,
    kind: 'answer',
    url: '/live/confirm',
    method: 'POST',
    headers,
    body: JSON.stringify({ press, what, key }),
    made_at: Date.now(),
    stale_ms: STALE_MS,
    renew: { name: TICKET, url: TICKET_URL },
  });
}

function mark(press: string, what: string): void {
  for (const group of document.querySelectorAll(`[data-answers="${CSS.escape(press)}"]`))
    for (const button of group.querySelectorAll<HTMLElement>('[data-answer]'))
      button.setAttribute('aria-pressed', String(button.dataset.answer === what));
}

/** What was not taken may be said again. */
function freeAids(words: string): void {
  showToast(words, 'error');
  for (const one of document.querySelectorAll<HTMLButtonElement>('[data-aid]:disabled')) one.disabled = false;
}

export function armAnswers(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('[data-answer], [data-aid]');
    const press = button?.closest<HTMLElement>('[data-answers]')?.dataset.answers;
    if (!button || !press) return;
    if (button.dataset.aid) {
      button.disabled = true; // said once; it is drawn anew when everybody knows
      return void answer(press, button.dataset.aid as AidAnswer);
    }
    mark(press, button.dataset.answer!);
    void answer(press, button.dataset.answer as Answer);
  });
  listen('answer', (told) => {
    if (told.outcome === 'sent') {
      const { what } = JSON.parse(told.answer || '{}') as { what?: string };
      if (what) showToast(({ ...ANSWERS, ...AIDS } as Record<string, string[]>)[what]?.[2] ?? 'They know.', 'success');
    } else if (told.outcome === 'refused')
      freeAids('Your answer was not recorded: the alert may be over. Tell the office in person.');
    else if (told.outcome === 'away')
      showToast('No connection: your answer is sent as soon as it is back. Go now.', 'warning');
  });
  startSending();
}
