// Offered when it makes sense, never before: the next message at once, after one was read; a place on the home screen, for whoever
// comes back. One card at a time; "not now" holds for sixty days; nothing about installing stands beside an emergency.
import { canSubscribe, subscribe } from './push.ts';
import type { Words } from './family.ts';

interface Asked extends Event {
  prompt(): Promise<void>;
  userChoice: Promise<{ outcome: string }>;
}

const LATER_MS = 60 * 86_400_000;
const READ_MS = 4000;
const HOMES = 'wb.family.homes';
const READ = 'wb.family.read';
const LATER = { push: 'wb.family.push-later', install: 'wb.family.install-later' };

let asked: Asked | null = null;
let heard: () => void = () => undefined;
// The browser asks once and early: its question is kept for later. Only a family's pages do so.
if (document.querySelector('[data-family]')) {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    asked = event as Asked;
    heard();
  });
}

const isInstalled = (): boolean =>
  matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true;
/** iPhones and iPads: an iPad calls itself a Mac, but no Mac is touched. Other browsers there cannot install before iOS 16.4. */
const isIos = (): boolean =>
  /iPhone|iPad|iPod/.test(navigator.userAgent) ||
  (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
const isLater = (key: string): boolean => Date.now() - Number(localStorage.getItem(key) ?? 0) < LATER_MS;

/** Counts this look; whether it is the second message or the second time at home. */
function comesBack(page: HTMLElement): boolean {
  const homes = Number(localStorage.getItem(HOMES) ?? 0) + (page.dataset.family === 'home' ? 1 : 0);
  const read = new Set((localStorage.getItem(READ) ?? '').split(' ').filter(Boolean));
  if (page.dataset.token) read.add(page.dataset.token.slice(0, 8));
  localStorage.setItem(HOMES, String(homes));
  localStorage.setItem(READ, [...read].slice(-5).join(' '));
  return homes >= 2 || read.size >= 2;
}

class Offers {
  private readonly push: HTMLElement | null;
  private readonly install: HTMLElement | null;
  private readonly mayInstall: boolean;

  constructor(
    private readonly page: HTMLElement,
    private readonly words: Words,
  ) {
    this.push = page.querySelector('[data-offer-push]');
    this.install = page.querySelector('[data-offer-install]');
    this.mayInstall = comesBack(page) && page.dataset.urgent === undefined;
    this.arm();
    setTimeout(() => {
      heard = () => void this.show();
      heard();
    }, READ_MS); // not before the page was read
  }

  /** One card: pushes first; installing where pushes are settled, or need it. */
  private async show(): Promise<void> {
    if (!this.push || !this.install || this.page.dataset.forgotten !== undefined) return;
    this.push.hidden = !(await this.wantsPush());
    const isOffered =
      this.push.hidden && this.mayInstall && !isInstalled() && !isLater(LATER.install) && (asked !== null || isIos());
    this.install.hidden = !isOffered;
    this.steps(this.install, isOffered && !asked);
  }

  private async wantsPush(): Promise<boolean> {
    if (!localStorage.getItem(READ) || isLater(LATER.push) || (!canSubscribe() && !(isIos() && !isInstalled())))
      return false;
    if (!canSubscribe()) {
      if (this.page.dataset.urgent !== undefined || !this.mayInstall) return false; // needs installing first
      this.sayInstallFirst();
      return true;
    }
    const isLost = this.page.dataset.pushLost !== undefined; // somebody else was signed in here before
    if (Notification.permission === 'granted' && !isLost && (await this.isSubscribed())) return false;
    if (Notification.permission === 'denied') this.tell(this.words.push_denied);
    return Notification.permission !== 'denied' || localStorage.getItem('wb.family.push-asked') !== null;
  }

  private async isSubscribed(): Promise<boolean> {
    const worker = await navigator.serviceWorker.getRegistration();
    return Boolean(await worker?.pushManager.getSubscription().catch(() => null));
  }

  private steps(card: HTMLElement, isShown: boolean): void {
    card.querySelector<HTMLElement>('[data-steps]')!.hidden = !isShown;
    card.querySelector<HTMLElement>('[data-install-yes]')!.hidden = isShown;
  }

  /** An iPhone takes pushes only in the installed app: the steps stand in the card that offers them. */
  private sayInstallFirst(): void {
    this.push!.querySelector<HTMLElement>('[data-offer-text]')!.textContent = this.words.push_install;
    const steps = this.install!.querySelector('[data-steps]');
    if (steps && !this.push!.querySelector('ol')) {
      const copy = steps.cloneNode(true) as HTMLElement;
      copy.removeAttribute('data-steps');
      copy.hidden = false;
      this.push!.querySelector('.actions')!.before(copy);
    }
    this.push!.querySelector<HTMLElement>('.actions > :first-child')!.hidden = true;
  }

  private tell(text: string): void {
    const told = this.push!.querySelector<HTMLElement>('[data-offer-told]')!;
    told.textContent = text;
    told.hidden = false;
  }

  private arm(): void {
    for (const [name, card] of Object.entries({ push: this.push, install: this.install })) {
      card?.querySelector('[data-later]')?.addEventListener('click', () => {
        localStorage.setItem(LATER[name as keyof typeof LATER], String(Date.now()));
        card.hidden = true;
      });
    }
    this.push
      ?.querySelector<HTMLButtonElement>('[data-push-yes]')
      ?.addEventListener('click', (event) => void this.turnOn(event.currentTarget as HTMLButtonElement));
    this.install?.querySelector('[data-install-yes]')?.addEventListener('click', async () => {
      if (!asked) return;
      await asked.prompt();
      const { outcome } = await asked.userChoice;
      asked = null;
      if (outcome !== 'accepted') localStorage.setItem(LATER.install, String(Date.now()));
      this.install!.hidden = true;
    });
    addEventListener('appinstalled', () => this.install && (this.install.hidden = true));
  }

  private async turnOn(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    localStorage.setItem('wb.family.push-asked', '1');
    const problem = await subscribe(this.page.dataset.pushKey!, this.page.dataset.pushUrl!).catch(() => 'failed');
    button.disabled = false;
    if (!problem) {
      this.tell(this.words.push_done);
      this.push!.querySelector<HTMLElement>('.actions')!.hidden = true;
    } else this.tell(problem === 'denied' ? this.words.push_denied : this.words.push_failed);
  }
}

export function makeOffers(page: HTMLElement, words: Words): void {
  new Offers(page, words);
}
