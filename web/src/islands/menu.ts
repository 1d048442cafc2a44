// Popover menus beside their button; dialogs opened by data-open="id" and closed by data-close.
function place(menu: HTMLElement): void {
  const button = document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(menu.id)}"]:not([hidden])`);
  if (!button || matchMedia('(max-width: 640px)').matches) return;
  const opener =
    [...document.querySelectorAll<HTMLElement>(`[popovertarget="${CSS.escape(menu.id)}"]`)].find(
      (one) => one.offsetParent !== null,
    ) ?? button;
  const at = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = at.left + width > innerWidth - 8 ? Math.max(8, at.right - width) : at.left;
  const below = at.bottom + 6 + height <= innerHeight - 8;
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - height - 6)}px`;
}

export function openMenus(): void {
  document.addEventListener(
    'toggle',
    (event) => {
      const menu = event.target as HTMLElement;
      if (!menu.matches?.('.menu[popover]')) return;
      const isOpen = (event as ToggleEvent).newState === 'open';
      for (const opener of document.querySelectorAll(`[popovertarget="${CSS.escape(menu.id)}"]`))
        opener.setAttribute('aria-expanded', String(isOpen));
      if (isOpen) {
        place(menu);
        menu.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true });
      }
    },
    true,
  );

  document.addEventListener('keydown', (event) => {
    const menu = (event.target as Element).closest?.('.menu[popover]');
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (!menu || !step) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll<HTMLElement>('a, button')];
    items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
  });

  document.addEventListener('click', (event) => {
    const target = event.target as Element;
    const open = target.closest<HTMLElement>('[data-open]');
    if (open) (document.getElementById(open.dataset.open ?? '') as HTMLDialogElement | null)?.showModal?.();
    if (target.closest('[data-close]')) target.closest('dialog')?.close();
    // A click on the backdrop; the second of a double click is still meant for what opened the dialog.
    if (target instanceof HTMLDialogElement && target.matches('.sheet') && event.detail < 2) target.close();
    if (target.closest('[data-print]')) print();
  });
}
