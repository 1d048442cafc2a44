// The ticket under which this device presses and answers: kept for the moment without a network, renewed while there is one.
import { csrfToken } from '../kit.ts';
import { FORM_TOKEN, renew } from '../offline/queue.ts';
import { keep, kept } from '../offline/store.ts';

export const TICKET = 'press-ticket';
export const TICKET_URL = '/press/ticket';
const RENEW_MS = 30 * 60_000;
const MARK = 'wb.ticket-at';

async function fresh(isForced: boolean): Promise<void> {
  const at = Number(sessionStorage.getItem(MARK) ?? 0);
  if (!navigator.onLine || (!isForced && Date.now() - at < RENEW_MS && (await kept(TICKET)))) return;
  if (await renew(TICKET, TICKET_URL)) sessionStorage.setItem(MARK, String(Date.now()));
}

/** On every page of a signed-in person; who has just signed in gets one of their own. */
export function keepTicket(): void {
  if (!document.documentElement.dataset.worker) return;
  const fromPage = document.querySelector<HTMLElement>('[data-press]')?.dataset.ticket ?? '';
  void kept(TICKET).then((before) => {
    if (fromPage && (navigator.onLine || !before)) return keep(TICKET, fromPage).catch(() => undefined);
  });
  if (navigator.onLine && csrfToken()) void keep(FORM_TOKEN, csrfToken()).catch(() => undefined);
  void fresh(document.referrer.includes('/accounts/'));
  setInterval(() => void fresh(false), RENEW_MS);
  addEventListener('online', () => void fresh(true));
}
