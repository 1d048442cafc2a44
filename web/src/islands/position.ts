// Where the telephone is goes along with an alarm, once its owner has allowed that: outdoors no room says where they are.
export interface Position {
  latitude: number;
  longitude: number;
  accuracy_metres: number;
}

const FRESH_MS = 60_000; // somebody who walks is elsewhere after a minute
let fix: (Position & { at: number }) | null = null;
let isFollowed = false;

/** The position to send, or undefined where none is known that still holds. */
export function positionNow(): Position | undefined {
  if (!fix || Date.now() - fix.at > FRESH_MS) return undefined;
  const { latitude, longitude, accuracy_metres } = fix;
  return { latitude, longitude, accuracy_metres };
}

function say(root: HTMLElement, text: string): void {
  const told = root.querySelector<HTMLElement>('[data-position-told]');
  if (told && told.textContent !== text) told.textContent = text;
}

function follow(root: HTMLElement): void {
  if (isFollowed) return;
  isFollowed = true;
  root.querySelector<HTMLElement>('[data-position]')!.hidden = true;
  say(root, 'Looking for your position…');
  navigator.geolocation.watchPosition(
    ({ coords }) => {
      const { latitude, longitude, accuracy } = coords;
      fix = { latitude, longitude, accuracy_metres: Math.round(accuracy), at: Date.now() };
      say(root, `Your position (±${fix.accuracy_metres} m) goes along with an alarm.`);
    },
    (fault) => {
      fix = null;
      say(
        root,
        fault.code === fault.PERMISSION_DENIED ? '' : 'Your position is not known here; an alarm goes without.',
      );
    },
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 },
  );
}

/** Follows the position where that is allowed already; else a button asks, never the page by itself. */
export async function offerPosition(root: HTMLElement): Promise<void> {
  const button = root.querySelector<HTMLElement>('[data-position]');
  if (!button || !('geolocation' in navigator)) return;
  const { state } = await navigator.permissions.query({ name: 'geolocation' });
  if (state === 'granted') return follow(root);
  button.hidden = state === 'denied';
  button.addEventListener('click', () => follow(root));
}
