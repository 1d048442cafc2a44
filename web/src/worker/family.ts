// A family's pages without a network: an empty page that fills itself from the phone, and pushes that bring their message along.
import {
  ALERTS,
  dropNotice,
  fetchBundle,
  forgetNotices,
  isWithdrawn,
  keepPushed,
  keptNotice,
  keptNotices,
  tokenOf,
} from '../offline/family.ts';
import { keptPaths, leaving, type Shell, shells } from './keeping.ts';

const PAGE = '/family/offline';
/** So long a message that is on the phone already waits for the server's own page. */
const SHORT_MS = 1500;

const message: Shell = {
  page: PAGE,
  fits: (path) => /^\/m\/[\w-]+$/.test(path),
  has: async (path) => Boolean(await keptNotice(tokenOf(path))),
  patienceMs: SHORT_MS,
  answered: async (path, status) => {
    if (isWithdrawn(status)) await dropNotice(tokenOf(path));
  },
};
const home: Shell = {
  page: PAGE,
  fits: (path) => path === '/family',
  has: async () => (await keptNotices()).length > 0,
  patienceMs: 3000,
};

export function keepFamily(): void {
  keptPaths.push(ALERTS); // once it was opened: it is read where the phone's settings are, network or not
  shells.push(message, home);
  leaving.push(forgetNotices);
}

/** The message a push speaks of is on the phone before it is opened; what the push itself says, where the server is away. */
export async function keepTold(told: {
  kind?: string;
  url?: string;
  title?: string;
  body?: string;
  mode?: string;
}): Promise<void> {
  const token = told.kind === 'notice' ? tokenOf(told.url ?? '') : '';
  if (!token) return;
  await keepPushed(token, told.title ?? '', told.body ?? '', told.mode ?? 'real').catch(() => undefined);
  await fetchBundle(`/m/${token}/kept?only=1`).catch(() => false);
}
