// Filter bars send themselves: at once on a choice, after a pause while typing (a day's figures are typed one by one). Without script the button sends them.
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
    if (form)
      send(form, input.matches('[type="search"], [type="text"]') ? 350 : input.matches('[type="date"]') ? 700 : 0);
  });
  // What is chosen stands in the address once, and a new choice begins at the first page.
  document.addEventListener('htmx:configRequest', (event) => {
    const { elt, path } = (event as CustomEvent).detail as { elt: Element; path: string };
    if (!(elt instanceof HTMLFormElement) || !elt.matches('[data-filters]')) return;
    const url = new URL(path, location.href);
    for (const name of [...new FormData(elt).keys(), 'page']) url.searchParams.delete(name);
    (event as CustomEvent).detail.path = url.pathname + url.search;
  });
}
