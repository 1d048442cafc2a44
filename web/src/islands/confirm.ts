// Buttons with data-confirm ask first: what would happen, and which button does it. Those that are held ask by holding.
import { askSure, wordsOf } from './sure.ts';

export function askFirst(): void {
  document.addEventListener(
    'click',
    (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>('button[data-confirm]:not([data-hold-ms])');
      if (!button?.form || button.type !== 'submit' || !button.form.checkValidity()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { form } = button;
      askSure(button, button.dataset.confirm ?? '', button.ariaLabel || wordsOf(button) || 'Yes', () =>
        form.requestSubmit(button),
      );
    },
    true,
  );
}
