// What a family answers is on the phone first and sent once: at once, or when the network is back.
import { icon, newKey } from '../kit.ts';
import { noteMine, tokenOf } from '../offline/family.ts';
import { enqueue, listen, type Told, waiting } from '../offline/queue.ts';
import type { Words } from './family.ts';

const ICONS: Record<string, string> = { waiting: 'hourglass', refused: 'alert-triangle' };
const isAnswer = (url: string): boolean => url.endsWith('/answer');

/** Shows where an answer stands beside its form. */
function say(form: HTMLFormElement, text: string, state: string): void {
  const box = form.querySelector<HTMLElement>('[data-answered]')!;
  box.hidden = false;
  if (box.dataset.state !== state) box.querySelector('.i')?.replaceWith(icon(ICONS[state] ?? 'circle-check'));
  box.dataset.state = state;
  const words = box.querySelector('span')!;
  if (words.textContent !== text) words.textContent = text;
}

function mark(form: HTMLFormElement, option: string): void {
  for (const button of form.querySelectorAll<HTMLButtonElement>('button[name="option"]')) {
    const is = button.value === option;
    button.classList.toggle('pri', is);
    if (is) button.setAttribute('aria-pressed', 'true');
    else button.removeAttribute('aria-pressed');
  }
}

class Answers {
  private readonly keys = new Map<string, HTMLFormElement>();

  constructor(
    private readonly page: HTMLElement,
    private readonly words: Words,
  ) {
    page.addEventListener('submit', (event) => this.take(event));
    listen('family', (told) => this.hear(told));
    void this.showWaiting();
  }

  private take(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (form.dataset.answers === undefined) return;
    event.preventDefault();
    const button = event.submitter as HTMLButtonElement | null;
    const body = new URLSearchParams();
    const text = form.querySelector('textarea');
    if (text) body.set('text', text.value.trim());
    else body.set('option', button?.value ?? '');
    if (!body.get('text') && !body.get('option')) return;
    void this.send(form, body);
  }

  private async send(form: HTMLFormElement, body: URLSearchParams): Promise<void> {
    const url = new URL(form.action).pathname;
    const key = newKey();
    const option = body.get('option');
    body.set('made_at', String(Date.now()));
    this.keys.set(key, form);
    say(form, this.words.waiting, 'waiting');
    if (option !== null) {
      mark(form, option);
      await noteMine(tokenOf(url), Number(option)).catch(() => undefined);
    }
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
    await enqueue({ key, kind: 'family', url, method: 'POST', headers, body: body.toString(), made_at: Date.now() });
    form.querySelector('textarea')?.form?.reset();
  }

  private hear(told: Told): void {
    const form = this.keys.get(told.key);
    if (!form?.isConnected) return;
    const isButton = Boolean(form.querySelector('button[name="option"]'));
    if (told.outcome === 'sent') say(form, isButton ? this.words.answered : this.words.sent, 'sent');
    else if (told.outcome === 'refused') say(form, this.words.refused, 'refused');
    else if (told.outcome === 'queued' || told.outcome === 'away') say(form, this.words.waiting, 'waiting');
  }

  /** What was answered before this page was opened, and waits still. */
  private async showWaiting(): Promise<void> {
    for (const one of await waiting('family')) {
      if (!isAnswer(one.url)) continue;
      const option = new URLSearchParams(one.body).get('option');
      const forms = [...this.page.querySelectorAll<HTMLFormElement>('form[data-answers]')];
      const form = forms.find(
        (each) =>
          new URL(each.action).pathname === one.url && Boolean(each.querySelector('textarea')) === (option === null),
      );
      if (!form) continue;
      this.keys.set(one.key, form);
      if (option !== null) mark(form, option);
      say(form, one.state === 'refused' ? this.words.refused : this.words.waiting, one.state);
    }
  }
}

export function armAnswers(page: HTMLElement, words: Words): void {
  new Answers(page, words);
}
