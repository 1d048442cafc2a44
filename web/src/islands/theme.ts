// Light, dark, or the darkened room; "system" follows the device. The server reads the cookie: no flash on the next page.
export function switchTheme(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-theme-set]');
    if (!button) return;
    const theme = button.dataset.themeSet ?? '';
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax${secure}`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const other of document.querySelectorAll<HTMLElement>('[data-theme-set]'))
      other.setAttribute('aria-pressed', String(other === button));
    document.dispatchEvent(new CustomEvent('wb:theme'));
  });
}
