// The few things every island needs.

export const csrfToken = (): string => document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? '';

/** Makes an element: attributes (null leaves one out), then children; text is always text, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | null> = {},
  ...children: (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An icon of the sprite. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A key nobody else has; also where the page was not opened over a secure address. */
export const newKey = (): string =>
  crypto.randomUUID
    ? crypto.randomUUID()
    : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const two = (n: number): string => String(n).padStart(2, '0');

/** Moment from the server in milliseconds: RFC 3339 text, Unix seconds, or Unix milliseconds already. */
export const readMoment = (at: string | number): number =>
  typeof at === 'string' ? Date.parse(at) : at > 1e11 ? at : at * 1000;

/** The ticket of the open live stream: a confirmation is sent under it. */
export const liveTicket = { value: '' };

// The school's clock, wherever the browser stands: the same times as the server writes.
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: document.documentElement.dataset.zone || undefined,
});

export function sayTime(ms: number, tenths = false): string {
  const text = clock.format(ms);
  return tenths ? `${text}.${Math.floor((ms % 1000) / 100)}` : text;
}

/** Browser time minus server time, in milliseconds; learned from the live stream's beats. */
export const clockSkew = { ms: 0 };
export const serverNow = (): number => Date.now() - clockSkew.ms;

export interface Kind {
  word: string;
  icon: string;
}

export const KINDS: Record<string, Kind> = {
  hold: { word: 'Hold', icon: 'door' },
  secure: { word: 'Secure', icon: 'building-community' },
  lockdown: { word: 'Lockdown', icon: 'lock' },
  evacuate: { word: 'Evacuate', icon: 'run' },
  shelter: { word: 'Shelter', icon: 'home-check' },
  medical: { word: 'Medical', icon: 'heartbeat' },
  staff_assist: { word: 'Staff assist', icon: 'hand-stop' },
  fire: { word: 'Fire', icon: 'flame' },
  call_911: { word: '911 call', icon: 'phone-call' },
  duress: { word: 'Duress', icon: 'urgent' },
};

export const kindOf = (kind: string): Kind =>
  KINDS[kind] ?? { word: kind.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase()), icon: 'alert-triangle' };

/** Sounds are off in the darkened room, and where the person has muted this device. */
export const isQuiet = (): boolean =>
  document.documentElement.dataset.theme === 'room' || localStorage.getItem('wb.mute') === '1';
