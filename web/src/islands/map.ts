// The district's map: own GeoJSON only, no tiles, no glyph server; places are real links, so keyboard and reader find them.
import { GeoJSONSource, LngLatBounds, Map as Chart, Marker, NavigationControl, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { icon, kindOf, make } from '../kit.ts';

interface Place {
  id: string;
  name: string;
  lon: number;
  lat: number;
  url?: string;
  state?: string;
  kind?: string;
  icon?: string;
  note?: string;
}

const isDark = (): boolean =>
  getComputedStyle(document.documentElement).colorScheme === 'dark' ||
  (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);

function inks() {
  return isDark()
    ? { land: '#101c22', water: '#16324a', park: '#14282a', road: '#22313d', line: '#3b4e5f' }
    : { land: '#eef0ed', water: '#a9cbe8', park: '#d3e3d6', road: '#ffffff', line: '#b7c4d0' };
}

function styleOf() {
  const ink = inks();
  const is = (what: string): any => ['==', ['get', 'class'], what];
  return {
    version: 8 as const,
    sources: { ground: { type: 'geojson' as const, data: { type: 'FeatureCollection' as const, features: [] } } },
    layers: [
      { id: 'land', type: 'background' as const, paint: { 'background-color': ink.land } },
      { id: 'park', type: 'fill' as const, source: 'ground', filter: is('park'), paint: { 'fill-color': ink.park } },
      {
        id: 'water',
        type: 'fill' as const,
        source: 'ground',
        filter: ['all', is('water'), ['==', ['geometry-type'], 'Polygon']] as any,
        paint: { 'fill-color': ink.water },
      },
      {
        id: 'river',
        type: 'line' as const,
        source: 'ground',
        filter: ['all', is('water'), ['==', ['geometry-type'], 'LineString']] as any,
        paint: { 'line-color': ink.water, 'line-width': 6 },
      },
      {
        id: 'road',
        type: 'line' as const,
        source: 'ground',
        filter: is('road'),
        paint: { 'line-color': ink.road, 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 1, 15, 8] as any },
      },
      {
        id: 'boundary',
        type: 'line' as const,
        source: 'ground',
        filter: is('boundary'),
        paint: { 'line-color': ink.line, 'line-width': 2, 'line-dasharray': [3, 2] },
      },
    ],
  };
}

function pin(place: Place): HTMLElement {
  const spot = make('span', { class: 'spot' }, icon(place.kind ? kindOf(place.kind).icon : (place.icon ?? 'school')));
  const name = `${place.kind ? `${kindOf(place.kind).word}: ` : ''}${place.name}${place.note ? `, ${place.note}` : ''}`;
  const label = make('span', { class: 'lbl' }, name);
  const attributes = { class: `pin ${place.state ?? ''}`, 'data-kind': place.kind || null };
  // The name is the link's own too: where it does not fit on the map it must still be heard.
  return place.url
    ? make('a', { ...attributes, href: place.url, 'aria-label': name }, spot, label)
    : make('span', attributes, spot, label);
}

// A name that would be cut at the map's right edge stands left of its pin; an alarm's takes two lines where neither side holds it.
function turnInside(one: HTMLElement, frame: DOMRect): DOMRect {
  const label = one.querySelector<HTMLElement>('.lbl')!;
  const spot = one.querySelector('.spot')!.getBoundingClientRect();
  const left = spot.left - frame.left - 12;
  const right = frame.right - spot.right - 12;
  one.classList.remove('turned');
  label.style.maxInlineSize = '';
  const width = label.getBoundingClientRect().width;
  one.classList.toggle('turned', width > right && left > right);
  if (one.dataset.kind && width > Math.max(left, right)) label.style.maxInlineSize = `${Math.max(left, right)}px`;
  return label.getBoundingClientRect();
}

// Names stand only where they cover neither a pin nor another name; alarms and trouble choose first. Hover and focus show all.
function placeNames(box: HTMLElement): void {
  const pins = [...box.querySelectorAll<HTMLElement>('.pin')];
  const rank = (one: HTMLElement) =>
    one.dataset.kind ? 0 : one.classList.contains('bad') ? 1 : one.classList.contains('warn') ? 2 : 3;
  const frame = box.getBoundingClientRect();
  const taken = pins.map((one) => ({ one, area: one.querySelector('.spot')!.getBoundingClientRect() }));
  for (const one of pins.sort((a, b) => rank(a) - rank(b))) {
    one.classList.remove('unnamed');
    const area = turnInside(one, frame);
    const meets = taken.some(
      ({ one: other, area: there }) =>
        other !== one &&
        area.left < there.right &&
        there.left < area.right &&
        area.top < there.bottom &&
        there.top < area.bottom,
    );
    const isCut = area.right > frame.right || area.left < frame.left;
    if (rank(one) > 0 && (meets || isCut)) one.classList.add('unnamed');
    else taken.push({ one, area });
  }
}

async function read(box: HTMLElement): Promise<Place[]> {
  if (box.dataset.source) return (await (await fetch(box.dataset.source)).json()).places as Place[];
  return JSON.parse(document.getElementById(box.dataset.places ?? '')?.textContent ?? '[]') as Place[];
}

async function drawMap(box: HTMLElement): Promise<void> {
  const places = (await read(box)).filter((place) => Number.isFinite(place.lon) && Number.isFinite(place.lat));
  if (!places.length) return void (box.hidden = true);
  const bounds = new LngLatBounds();
  for (const place of places) bounds.extend([place.lon, place.lat]);
  const chart = new Chart({
    container: box,
    style: styleOf(),
    bounds,
    fitBoundsOptions: { padding: 70, maxZoom: 15 },
    attributionControl: false,
    cooperativeGestures: true,
    fadeDuration: 0,
    minZoom: 7,
    maxZoom: 19,
  });
  chart.addControl(new NavigationControl({ showCompass: false }), 'bottom-right');
  chart.on('moveend', () => placeNames(box));
  chart.on('resize', () => placeNames(box));
  let markers = places.map((place) =>
    new Marker({ element: pin(place), anchor: 'left', offset: [-17, 0] })
      .setLngLat([place.lon, place.lat])
      .addTo(chart),
  );
  requestAnimationFrame(() => placeNames(box));
  document.fonts?.ready.then(() => placeNames(box));
  const ground = box.dataset.ground;
  chart.on('load', () => ground && (chart.getSource('ground') as GeoJSONSource).setData(ground));
  document.addEventListener('wb:theme', () => {
    chart.setStyle(styleOf());
    chart.once('styledata', () => ground && (chart.getSource('ground') as GeoJSONSource)?.setData(ground));
  });
  box.addEventListener('wb:places', async () => {
    for (const marker of markers) marker.remove();
    markers = (await read(box)).map((place) =>
      new Marker({ element: pin(place), anchor: 'left', offset: [-17, 0] })
        .setLngLat([place.lon, place.lat])
        .addTo(chart),
    );
    requestAnimationFrame(() => placeNames(box));
  });
}

export function drawMaps(): void {
  setWorkerUrl(new URL(workerUrl, import.meta.url).href);
  for (const box of document.querySelectorAll<HTMLElement>('[data-map]:not([data-drawn])')) {
    box.dataset.drawn = '';
    drawMap(box).catch(() => {
      // No WebGL, or no data: the list below says the same.
      box.dataset.failed = '';
      box.replaceChildren(
        make(
          'p',
          { class: 'small muted' },
          'The map cannot be drawn on this device. The list below holds the same places.',
        ),
      );
    });
  }
}
