// Buttons with data-confirm ask first: what would happen, and which button does it. Those that are held ask by holding.
import { make } from '../kit.ts';

function ask(button: HTMLButtonElement, form: HTMLFormElement): void {
  const word = button.ariaLabel || button.innerText.replace(/\s+/g, ' ').trim() || 'Yes';
  const yes = make('button', { class: 'btn danger pri', type: 'button' }, word);
  const no = make('button', { class: 'btn', type: 'button' }, 'Cancel');
  const dialog = make('dialog', { class: 'sheet', 'aria-labelledby': 'sure-h', role: 'alertdialog' }, make('header', {}, make('h2', { id: 'sure-h' }, 'Are you sure?')), make('div', { class: 'body' }, make('p', {}, button.dataset.confirm ?? '')), make('footer', {}, no, yes)) as HTMLDialogElement;
  dialog.addEventListener('close', () => {
    dialog.remove();
    button.focus();
  });
  no.addEventListener('click', () => dialog.close());
  yes.addEventListener('click', () => {
    dialog.close();
    form.requestSubmit(button);
  });
  document.body.append(dialog);
  dialog.showModal();
  no.focus(); // what cannot be taken back is never one press of Enter away
}

export function askFirst(): void {
  document.addEventListener(
    'click',
    (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>('button[data-confirm]:not([data-hold-ms])');
      if (!button?.form || button.type !== 'submit' || !button.form.checkValidity()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(button, button.form);
    },
    true,
  );
}
