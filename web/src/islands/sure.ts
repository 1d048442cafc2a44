// The one question before something that cannot be taken back: what would happen, and the button that does it.
import { make } from '../kit.ts';

/** Asks `what`; `act` runs only when the button named `word` is pressed. Afterwards the focus is back at `from`. */
export function askSure(from: HTMLElement, what: string, word: string, act: () => void): void {
  const yes = make('button', { class: 'btn danger pri', type: 'button' }, word);
  const no = make('button', { class: 'btn', type: 'button' }, 'Cancel');
  const dialog = make(
    'dialog',
    { class: 'sheet', 'aria-labelledby': 'sure-h', role: 'alertdialog' },
    make('header', {}, make('h2', { id: 'sure-h' }, 'Are you sure?')),
    make('div', { class: 'body' }, make('p', {}, what)),
    make('footer', {}, no, yes),
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    from.focus();
  });
  no.addEventListener('click', () => dialog.close());
  yes.addEventListener('click', (event) => {
    if (event.detail > 1) return; // the second of a double click was meant for what asks
    dialog.close();
    act();
  });
  document.body.append(dialog);
  dialog.showModal();
  no.focus(); // what cannot be taken back is never one press of Enter away
}

/** A button's own words, as one line. */
export const wordsOf = (button: HTMLElement): string => button.innerText.replace(/\s+/g, ' ').trim();
