// Filter bars send themselves: at once on a choice, after a pause while typing. Without script the button sends them.
export function followFilters(): void {
  for (const button of document.querySelectorAll<HTMLElement>('form[data-filters] [data-apply]')) button.hidden = true;
  let timer = 0;
  const send = (form: HTMLFormElement, wait: number) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => form.requestSubmit(), wait);
  };
  document.addEventListener('input', (event) => {
    const input = event.target as HTMLInputElement;
    const form = input.closest<HTMLFormElement>('form[data-filters]');
    if (form) send(form, input.matches('[type="search"], [type="text"]') ? 350 : 0);
  });
}
