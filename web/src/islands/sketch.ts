// Drawing on the plan: rooms corner by corner or as a rectangle, doors and points by one click. The fields stay the
// truth: what is typed there is shown on the plan, what is drawn is written there.
type Point = [number, number];

const SVG = 'http://www.w3.org/2000/svg';
const NEAR = 10; // pixels on the screen
const WIDE = 8; // a drag shorter than this is a click

interface Sketch {
  form: HTMLFormElement;
  svg: SVGSVGElement;
  scale: number; // drawing units a plan unit
  mode: 'ring' | 'point' | '';
  points: Point[];
  before: Point[]; // what Escape goes back to
  down: Point | null;
  hover: Point | null;
  x?: HTMLInputElement;
  y?: HTMLInputElement;
}

const round = (value: number): number => Math.round(value * 10) / 10;

function planOf(form: HTMLElement): SVGSVGElement | null {
  return document.querySelector<SVGSVGElement>(`#${form.dataset.plan} svg.plan`);
}

/** Corners of what is drawn already, in drawing units. */
function corners(svg: SVGSVGElement): Point[] {
  return [...svg.querySelectorAll<SVGPolygonElement>('polygon')].flatMap((one) =>
    [...one.points].map((p): Point => [p.x, p.y]),
  );
}

function where(sketch: Sketch, event: PointerEvent): Point {
  const view = sketch.svg.querySelector<SVGGElement>('[data-viewport]')!;
  const matrix = view.getScreenCTM()!;
  const here = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  const reach = NEAR / matrix.a;
  const near = corners(sketch.svg).filter(([x, y]) => Math.hypot(x - here.x, y - here.y) < reach);
  near.sort((a, b) => Math.hypot(a[0] - here.x, a[1] - here.y) - Math.hypot(b[0] - here.x, b[1] - here.y));
  const [x, y] = near[0] ?? [here.x, here.y];
  return [round(x / sketch.scale), round(y / sketch.scale)];
}

function shape(name: string, attributes: Record<string, string>): SVGElement {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

function rectangle([ax, ay]: Point, [bx, by]: Point): Point[] {
  return [
    [ax, ay],
    [bx, ay],
    [bx, by],
    [ax, by],
  ];
}

function paint(sketch: Sketch): void {
  const view = sketch.svg.querySelector('[data-viewport]')!;
  view.querySelector(`.sketch[data-of="${sketch.form.id}"]`)?.remove();
  const group = shape('g', { class: 'sketch', 'data-of': sketch.form.id, 'aria-hidden': 'true' });
  const at = (p: Point): string => `${p[0] * sketch.scale},${p[1] * sketch.scale}`;
  let ring = sketch.points;
  if (sketch.mode === 'ring' && sketch.down && sketch.hover) ring = rectangle(sketch.down, sketch.hover);
  else if (sketch.mode === 'ring' && sketch.hover && ring.length) ring = [...ring, sketch.hover];
  if (ring.length > 1)
    group.append(
      shape(sketch.form.dataset.sketch === 'ring' ? 'polygon' : 'polyline', { points: ring.map(at).join(' ') }),
    );
  for (const point of ring)
    group.append(shape('circle', { cx: `${point[0] * sketch.scale}`, cy: `${point[1] * sketch.scale}`, r: '6' }));
  view.append(group);
}

function read(sketch: Sketch): void {
  if (sketch.form.dataset.sketch === 'ring') {
    const text = sketch.form.querySelector('textarea')!.value;
    sketch.points = text
      .split(/\s+/)
      .map((pair) => pair.split(',').map(Number))
      .filter((p): p is Point => p.length === 2 && p.every(Number.isFinite));
  } else {
    sketch.points = pairs(sketch.form)
      .map(([x, y]) => [x.valueAsNumber, y.valueAsNumber] as Point)
      .filter((p) => p.every(Number.isFinite));
  }
  paint(sketch);
}

function pairs(form: HTMLFormElement): [HTMLInputElement, HTMLInputElement][] {
  const input = (name: string): HTMLInputElement | null => form.querySelector<HTMLInputElement>(`[name="${name}"]`);
  const names = ['', '1', '2', '3'].filter((n) => input(`x${n}`) && input(`y${n}`));
  return names.map((n) => [input(`x${n}`)!, input(`y${n}`)!]);
}

function write(sketch: Sketch): void {
  const area = sketch.form.querySelector('textarea');
  if (area && sketch.form.dataset.sketch === 'ring') area.value = sketch.points.map((p) => p.join(',')).join(' ');
  paint(sketch);
}

function say(sketch: Sketch, text: string): void {
  const line = sketch.form.querySelector<HTMLElement>('[data-sketch-says]');
  const bar = document.querySelector<HTMLElement>(`[data-sketch-bar="${sketch.form.dataset.plan}"]`);
  if (line) line.textContent = text;
  if (!bar) return;
  bar.hidden = !text;
  bar.querySelector('span')!.textContent = text;
}

function stop(sketch: Sketch, text = ''): void {
  sketch.mode = '';
  sketch.down = sketch.hover = null;
  delete sketch.svg.dataset.drawing;
  write(sketch);
  say(sketch, '');
  const line = sketch.form.querySelector<HTMLElement>('[data-sketch-says]');
  if (line) line.textContent = text;
  if (text) sketch.form.querySelector<HTMLElement>('input:not([type=hidden])')?.focus();
}

function finish(sketch: Sketch): void {
  if (sketch.points.length < 3) return say(sketch, 'A room has three corners or more.');
  stop(sketch, `${sketch.points.length} corners drawn. Give the room a number or a name, then save it.`);
}

function pick(sketch: Sketch, point: Point): void {
  sketch.x!.value = String(point[0]);
  sketch.y!.value = String(point[1]);
  read(sketch);
  const next = pairs(sketch.form).find(([x]) => !x.value);
  if (next && sketch.form.dataset.sketch === 'points') return begin(sketch, next);
  stop(sketch, 'The place is set.');
}

function begin(sketch: Sketch, pair?: [HTMLInputElement, HTMLInputElement]): void {
  sketch.mode = pair ? 'point' : 'ring';
  [sketch.x, sketch.y] = pair ?? [];
  sketch.before = sketch.points;
  if (!pair) sketch.points = [];
  sketch.svg.dataset.drawing = sketch.mode;
  const number = pair ? /\d?$/.exec(pair[0].name)![0] : '';
  say(
    sketch,
    pair
      ? `Click ${number ? `point ${number}` : 'the place'} on the plan. Escape ends.`
      : 'Drag a rectangle, or click corner after corner and finish with Enter or a click on the first. Backspace takes one back, Escape ends.',
  );
  const frame = sketch.svg.closest<HTMLElement>('.plan-w')!;
  frame.scrollIntoView({ block: 'center' });
  frame.focus({ preventScroll: true });
  paint(sketch);
}

function follow(sketch: Sketch): void {
  const { svg } = sketch;
  svg.addEventListener('pointerdown', (event) => {
    if (!sketch.mode || event.button) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    sketch.down = sketch.hover = where(sketch, event);
  });
  svg.addEventListener('pointermove', (event) => {
    if (!sketch.mode) return;
    sketch.hover = where(sketch, event);
    paint(sketch);
  });
  svg.addEventListener('pointerup', (event) => {
    const from = sketch.down;
    if (!sketch.mode || !from) return;
    const to = where(sketch, event);
    sketch.down = null;
    if (sketch.mode === 'point') return pick(sketch, to);
    const size = Math.hypot(to[0] - from[0], to[1] - from[1]) * svg.getScreenCTM()!.a * sketch.scale;
    if (!sketch.points.length && size > WIDE) {
      sketch.points = rectangle(from, to);
      return finish(sketch);
    }
    const [first] = sketch.points;
    if (
      first &&
      sketch.points.length > 2 &&
      Math.hypot(first[0] - to[0], first[1] - to[1]) * svg.getScreenCTM()!.a * sketch.scale < NEAR
    )
      return finish(sketch);
    sketch.points.push(to);
    write(sketch);
  });
  svg.addEventListener('pointercancel', () => (sketch.down = null));
  document.addEventListener('keydown', (event) => {
    if (!sketch.mode) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      sketch.points = sketch.before;
      stop(sketch, 'Nothing was drawn.');
    }
    if (event.key === 'Enter' && sketch.mode === 'ring') {
      event.preventDefault();
      finish(sketch);
    }
    if (event.key === 'Backspace' && sketch.mode === 'ring') {
      event.preventDefault();
      sketch.points.pop();
      write(sketch);
    }
  });
}

/** "38.21, -90.41", as maps give it, pasted into a latitude fills both. */
function splitPasted(form: HTMLFormElement): void {
  form.addEventListener('paste', (event) => {
    const input = event.target as HTMLInputElement;
    const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(
      event.clipboardData?.getData('text') ?? '',
    );
    const number = /^(?:latitude|longitude)(\d?)$/.exec(input.name ?? '')?.[1];
    if (!found || number === undefined) return;
    event.preventDefault();
    form.querySelector<HTMLInputElement>(`[name="latitude${number}"]`)!.value = found[1]!;
    form.querySelector<HTMLInputElement>(`[name="longitude${number}"]`)!.value = found[2]!;
  });
}

export function sketchPlans(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sketch]')) {
    const svg = planOf(form);
    if (!svg) continue;
    const sketch: Sketch = {
      form,
      svg,
      scale: Number(form.dataset.scale),
      mode: '',
      points: [],
      before: [],
      down: null,
      hover: null,
    };
    follow(sketch);
    read(sketch);
    form.addEventListener('input', () => read(sketch));
    splitPasted(form);
    for (const button of form.querySelectorAll<HTMLButtonElement>('[data-sketch-begin]')) {
      button.hidden = false;
      const at = button.dataset.sketchBegin;
      button.addEventListener('click', () =>
        begin(sketch, form.dataset.sketch === 'ring' ? undefined : pairs(form)[Number(at || 0)]),
      );
    }
  }
}
