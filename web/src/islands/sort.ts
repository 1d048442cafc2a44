// Sorts a whole table in the page (table[data-sort], button.sort in th); longer lists sort on the server by link.
const read = (row: HTMLTableRowElement, column: number): string => {
  const cell = row.cells[column];
  return cell?.dataset.value ?? cell?.textContent?.trim() ?? '';
};

export function sortTables(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest('table[data-sort] th button.sort');
    const head = button?.closest('th');
    const body = head?.closest('table')?.tBodies[0];
    if (!head || !body) return;
    const isDown = head.getAttribute('aria-sort') === 'ascending';
    for (const other of head.parentElement!.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
    const order = new Intl.Collator(document.documentElement.lang || 'en', { numeric: true }).compare;
    const rows = [...body.rows].sort(
      (a, b) => order(read(a, head.cellIndex), read(b, head.cellIndex)) * (isDown ? -1 : 1),
    );
    body.append(...rows);
  });
}
