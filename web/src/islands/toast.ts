// Short messages: those the server wrote into the page, and those it sends with HX-Trigger: {"toast": {"level", "text"}}.
import { icon, make } from '../kit.ts';

const ICONS: Record<string, string> = { success: 'circle-check', warning: 'alert-triangle', error: 'alert-octagon' };

export function showToast(text: string, level = 'info'): void {
  const box = document.getElementById('toasts');
  if (!box) return;
  for (const same of box.querySelectorAll('.toast')) if (same.querySelector('p')?.textContent === text) same.remove();
  const close = make('button', { class: 'btn x sm ico', type: 'button', 'aria-label': 'Dismiss' }, icon('x'));
  const toast = make(
    'div',
    { class: `toast ${level}`, role: level === 'error' ? 'alert' : 'status' },
    icon(ICONS[level] ?? 'info-circle'),
    make('p', {}, text),
    close,
  );
  box.append(toast);
  fade(toast);
}

/** Errors stay until dismissed; the rest leaves by itself unless looked at. */
function fade(toast: HTMLElement): void {
  if (toast.matches('.error')) return;
  const leave = () => (toast.matches(':hover, :focus-within') ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, 7000);
}

export function showToasts(): void {
  document.querySelectorAll<HTMLElement>('#toasts .toast').forEach(fade);
  document.addEventListener('click', (event) => {
    if ((event.target as Element).closest('.toast .x')) (event.target as Element).closest('.toast')?.remove();
  });
  document.addEventListener('toast', (event) => {
    const { text, value, level } = (event as CustomEvent).detail ?? {};
    showToast(String(text ?? value ?? ''), level);
  });
  document.addEventListener('htmx:sendError', (event) => {
    const asked = (event as CustomEvent).detail?.requestConfig as
      { verb?: string; triggeringEvent?: Event } | undefined;
    if (asked?.verb !== 'get') showToast('No connection: that was not sent. Check the network and try again.', 'error');
    else if (asked.triggeringEvent?.isTrusted)
      showToast('No connection: that could not be loaded. Check the network and try again.', 'warning');
    // what the page asks by itself is asked again; the top bar says that it is not live
  });
  document.addEventListener('htmx:responseError', (event) => {
    const status = (event as CustomEvent).detail?.xhr?.status;
    if (status === 401) location.reload();
    else
      showToast(
        `The server could not do that (${status}). Nothing was changed. Try again; if it stays, tell your IT contact.`,
        'error',
      );
  });
}
