// Pan, zoom, pinch and keys over the server-drawn plan; floors and layers. The drawing itself comes from the server.
interface View {
  k: number;
  x: number;
  y: number;
}

const SMALLEST = 0.8;
const LARGEST = 8;
const views = new WeakMap<SVGSVGElement, View>();
const kept = new Map<string, View>(); // by floor, over morphs and swaps

function viewOf(svg: SVGSVGElement): View {
  let view = views.get(svg);
  if (!view) views.set(svg, (view = kept.get(svg.dataset.floor ?? '') ?? { k: 1, x: 0, y: 0 }));
  return view;
}

function draw(svg: SVGSVGElement): void {
  const view = viewOf(svg);
  svg
    .querySelector('[data-viewport]')
    ?.setAttribute('transform', `translate(${view.x.toFixed(2)} ${view.y.toFixed(2)}) scale(${view.k.toFixed(4)})`);
  svg.toggleAttribute('data-moved', view.k > 1.01);
  kept.set(svg.dataset.floor ?? '', view);
}

function zoom(svg: SVGSVGElement, factor: number, x: number, y: number): void {
  const view = viewOf(svg);
  const k = Math.min(LARGEST, Math.max(SMALLEST, view.k * factor));
  view.x = x - ((x - view.x) * k) / view.k;
  view.y = y - ((y - view.y) * k) / view.k;
  view.k = k;
  draw(svg);
}

const middle = (svg: SVGSVGElement): [number, number] => [
  svg.viewBox.baseVal.x + svg.viewBox.baseVal.width / 2,
  svg.viewBox.baseVal.y + svg.viewBox.baseVal.height / 2,
];
const at = (svg: SVGSVGElement, x: number, y: number): DOMPoint =>
  new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()!.inverse());

/** Shows the alarm (or the whole plan when there is none). */
function centre(svg: SVGSVGElement): void {
  const [x, y] = (svg.dataset.focus ?? '').split(' ').map(Number);
  const view = viewOf(svg);
  const [mx, my] = middle(svg);
  if (svg.dataset.focus && view.k < 1.5) Object.assign(view, { k: 2, x: mx - x * 2, y: my - y * 2 });
  else Object.assign(view, { k: 1, x: 0, y: 0 });
  draw(svg);
}

function drag(svg: SVGSVGElement): void {
  const points = new Map<number, DOMPoint>();
  let spread = 0;
  svg.addEventListener('pointerdown', (event) => {
    if (svg.dataset.drawing) return; // the pointer draws (sketch.ts)
    points.set(event.pointerId, at(svg, event.clientX, event.clientY));
    spread = 0;
  });
  svg.addEventListener('pointermove', (event) => {
    const before = points.get(event.pointerId);
    if (!before || (event.pointerType === 'touch' && points.size === 1 && viewOf(svg).k <= 1.01)) return; // one finger scrolls the page until zoomed in
    const now = at(svg, event.clientX, event.clientY);
    if (points.size === 1) {
      const view = viewOf(svg);
      if (Math.hypot(now.x - before.x, now.y - before.y) > 3) svg.setPointerCapture(event.pointerId);
      view.x += now.x - before.x;
      view.y += now.y - before.y;
      draw(svg);
    }
    points.set(event.pointerId, now);
    if (points.size !== 2) return;
    const [a, b] = [...points.values()];
    const wide = Math.hypot(a.x - b.x, a.y - b.y);
    if (spread) zoom(svg, wide / spread, (a.x + b.x) / 2, (a.y + b.y) / 2);
    spread = wide;
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave'])
    svg.addEventListener(end, (event) => points.delete((event as PointerEvent).pointerId));
  svg.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const p = at(svg, event.clientX, event.clientY);
      zoom(svg, event.deltaY < 0 ? 1.15 : 0.87, p.x, p.y);
    },
    { passive: false },
  );
}

const KEYS: Record<string, (svg: SVGSVGElement, view: View) => void> = {
  '+': (svg) => zoom(svg, 1.3, ...middle(svg)),
  '=': (svg) => zoom(svg, 1.3, ...middle(svg)),
  '-': (svg) => zoom(svg, 0.77, ...middle(svg)),
  '0': (svg) => centre(svg),
  ArrowLeft: (_, view) => (view.x += 60),
  ArrowRight: (_, view) => (view.x -= 60),
  ArrowUp: (_, view) => (view.y += 60),
  ArrowDown: (_, view) => (view.y -= 60),
};

const current = (map: Element): SVGSVGElement | null => map.querySelector('svg.plan:not([hidden])');
const armed = new WeakSet<SVGSVGElement>();

function arm(): void {
  for (const svg of document.querySelectorAll<SVGSVGElement>('svg.plan')) {
    if (!armed.has(svg)) {
      drag(svg);
      if (svg.dataset.focus && !kept.has(svg.dataset.floor ?? '') && matchMedia('(max-width: 640px)').matches)
        centre(svg);
    }
    armed.add(svg);
    draw(svg);
  }
}

function press(map: HTMLElement, button: HTMLElement): void {
  const svg = current(map);
  if (button.dataset.zoom && svg)
    button.dataset.zoom === '0' ? centre(svg) : zoom(svg, Number(button.dataset.zoom), ...middle(svg));
  if (button.dataset.full !== undefined)
    void (document.fullscreenElement ? document.exitFullscreen() : map.requestFullscreen?.());
  if (button.dataset.toFloor) {
    for (const one of map.querySelectorAll<SVGSVGElement>('svg.plan'))
      one.toggleAttribute('hidden', one.dataset.floor !== button.dataset.toFloor);
    for (const one of map.querySelectorAll<HTMLElement>('[data-to-floor]'))
      one.setAttribute('aria-pressed', String(one === button));
  }
  if (button.dataset.layer) {
    const isOn = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(isOn));
    const off = new Set((map.dataset.off ?? '').split(' ').filter(Boolean));
    isOn ? off.delete(button.dataset.layer) : off.add(button.dataset.layer);
    map.dataset.off = [...off].join(' ');
  }
}

/** What a person has set on a plan (layers off) stays when it is drawn anew: for Idiomorph's beforeAttributeUpdated. */
export const isOwnOfPlan = (name: string, node: Element): boolean =>
  (name === 'data-off' && node.hasAttribute('data-plan')) ||
  (name === 'aria-pressed' && node.hasAttribute('data-layer'));

export function movePlans(): void {
  arm();
  document.addEventListener('htmx:afterSettle', arm);
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>(
      '[data-zoom], [data-to-floor], [data-layer], [data-full]',
    );
    const map = button?.closest<HTMLElement>('[data-plan]');
    if (button && map) press(map, button);
  });
  document.addEventListener('keydown', (event) => {
    const frame = event.target as Element;
    if (!frame.matches?.('.plan-w')) return;
    const svg = current(frame);
    const act = KEYS[event.key];
    if (!svg || !act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(svg, viewOf(svg));
    draw(svg);
  });
}
