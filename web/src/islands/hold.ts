// Press and hold: [data-hold-ms] acts only when held to the end; a click explains, assistive technology gets a question instead.
import htmx from 'htmx.org';
import { make } from '../kit.ts';
import { askSure, wordsOf } from './sure.ts';

let held: { button: HTMLElement; timer: number } | null = null;

const SAFE = 'held';

function release(): void {
  if (!held) return;
  clearTimeout(held.timer);
  delete held.button.dataset.holding;
  held = null;
}

function begin(button: HTMLElement): void {
  if (held || button.dataset.held || button.matches('[disabled], [aria-disabled="true"]')) return;
  const ms = Number(button.dataset.holdMs) || 3000;
  button.style.setProperty('--hold', `${ms}ms`);
  button.dataset.holding = '';
  navigator.vibrate?.(15);
  held = { button, timer: window.setTimeout(() => complete(button), ms) };
}

function complete(button: HTMLElement): void {
  release();
  button.dataset.held = '';
  button.setAttribute('aria-busy', 'true');
  navigator.vibrate?.([40, 40, 80]);
  const word = button.querySelector('.hold');
  if (word) {
    word.setAttribute('data-was', word.textContent ?? '');
    word.textContent = 'sending…';
  }
  const mayGo = button.dispatchEvent(new CustomEvent('wb:held', { bubbles: true, cancelable: true }));
  if (!mayGo) return;
  const form = (button as HTMLButtonElement).form;
  if (form) form.requestSubmit(button.matches('[type="submit"], :not([type])') ? button : undefined);
  else htmx.trigger(button, SAFE, {});
}

/** Ready again after the answer; `answer` stands beside the word until the next hold. */
export function rearm(button: HTMLElement, answer?: string): void {
  delete button.dataset.held;
  button.removeAttribute('aria-busy');
  const word = button.querySelector('.hold');
  if (word) word.textContent = answer ?? word.getAttribute('data-was') ?? '';
}

function hint(button: HTMLElement): void {
  document.querySelector('.hold-hint')?.remove();
  const seconds = (Number(button.dataset.holdMs) || 3000) / 1000;
  const box = button.getBoundingClientRect();
  const tip = make('div', { class: 'hold-hint', role: 'status' }, `Keep holding for ${seconds} s`);
  document.body.append(tip);
  tip.style.left = `${Math.min(innerWidth - tip.offsetWidth - 8, Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2)) + scrollX}px`;
  tip.style.top = `${box.bottom + 8 + scrollY}px`;
  setTimeout(() => tip.remove(), 2200);
}

const buttonOf = (event: Event): HTMLElement | null => (event.target as Element).closest?.('[data-hold-ms]') ?? null;

export function armHolds(): void {
  document.addEventListener('pointerdown', (event) => {
    const button = buttonOf(event);
    if (button && event.button === 0) begin(button);
  });
  for (const end of ['pointerup', 'pointercancel', 'blur', 'visibilitychange', 'contextmenu'])
    window.addEventListener(end, release, true);
  document.addEventListener('pointermove', (event) => {
    if (
      !held ||
      event.pointerType === 'mouse' ||
      held.button.contains(document.elementFromPoint(event.clientX, event.clientY))
    )
      return;
    release();
  });
  document.addEventListener('keydown', (event) => {
    const button = buttonOf(event);
    if (!button || (event.key !== ' ' && event.key !== 'Enter')) return;
    event.preventDefault();
    if (!event.repeat) begin(button);
  });
  document.addEventListener('keyup', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    const button = buttonOf(event);
    if (button) event.preventDefault();
    if (held && button) hint(button);
    release();
  });
  document.addEventListener(
    'click',
    (event) => {
      const button = buttonOf(event);
      if (!button || (!event.isTrusted && button.dataset.held !== undefined)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (button.dataset.held !== undefined) return;
      if (event.detail === 0)
        askSure(button, button.dataset.confirm || wordsOf(button), 'Yes, do it now', () => complete(button));
      else hint(button);
    },
    true,
  );
  document.addEventListener('contextmenu', (event) => {
    if (buttonOf(event)) event.preventDefault();
  });
  document.addEventListener('htmx:afterRequest', (event) => {
    const source = event.target as HTMLElement;
    const isWell = (event as CustomEvent).detail.successful;
    for (const button of [source, ...source.querySelectorAll<HTMLElement>('[data-held]')])
      if (button.dataset?.held !== undefined) rearm(button, isWell ? 'done' : 'not sent');
  });
  addEventListener('pageshow', () =>
    document.querySelectorAll<HTMLElement>('[data-held]').forEach((button) => rearm(button)),
  );
}
