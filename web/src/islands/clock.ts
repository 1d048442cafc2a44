// Running clocks and ages. Shapes: data-since (elapsed), data-until (left), time[data-age] ("12 s ago"), data-clock (wall clock).
import { readMoment, sayTime, serverNow, two } from '../kit.ts';

function sayElapsed(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(s / 3600);
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return h >= 24 ? `${Math.floor(h / 24)} d ${h % 24} h` : h ? `${h}:${rest}` : rest;
}

export function sayAge(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  const days = Math.floor(s / 86400);
  return `${days} ${days === 1 ? 'day' : 'days'} ago`;
}

function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function tick(): void {
  const now = serverNow();
  for (const one of document.querySelectorAll<HTMLElement>('[data-since]'))
    write(one, sayElapsed(now - readMoment(one.dataset.since!)));
  for (const one of document.querySelectorAll<HTMLElement>('[data-until]'))
    write(one, sayElapsed(readMoment(one.dataset.until!) - now));
  for (const one of document.querySelectorAll<HTMLTimeElement>('time[data-age]')) {
    const age = now - Date.parse(one.dateTime);
    if (age >= 0) write(one, sayAge(age));
  }
  for (const one of document.querySelectorAll('[data-clock]')) write(one, sayTime(now));
}

export function runClocks(): void {
  tick();
  setInterval(tick, 1000);
  document.addEventListener('htmx:afterSwap', tick);
}
