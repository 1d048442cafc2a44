// The empty page that stands in for a family's own without a network: filled from the phone, and it says its age.
import { icon, make } from '../kit.ts';
import { fetchBundle, type Kept, keptNotice, keptNotices, tokenOf } from '../offline/family.ts';
import { flush } from '../offline/queue.ts';
import { armAnswers } from './family-answers.ts';
import { allWords, sayAge, sayWhen, tellSeen, type Words } from './family.ts';

const AGAIN_MS = 10_000;
const SENDING_MS = 3000;
const RELOADED = 'wb.family.reloaded';
const RELOAD_MS = 60_000;

/** The language of the frame: as the server said last, else as the phone speaks. */
function wordsFor(kept: Kept[]): Words {
  const all = allWords();
  const wanted = [kept.find((one) => one.frame)?.frame, ...navigator.languages.map((one) => one.split('-')[0]), 'en'];
  return all[wanted.find((one) => one && all[one])!];
}

function note(tone: string, name: string, head: string, text: string): HTMLElement {
  return make('div', { class: `note ${tone}` }, icon(name), make('p', {}, make('b', {}, head), text ? ` ${text}` : ''));
}

/** Text with its lines kept; never markup. */
function lines(text: string): HTMLElement {
  const parts = text
    .split('\n')
    .flatMap((line, at) => (at ? [make('br'), document.createTextNode(line)] : [document.createTextNode(line)]));
  return make('p', {}, ...parts);
}

function answerForm(one: Kept, words: Words): HTMLElement | null {
  if (!one.options.length || one.is_over) return null;
  const buttons = one.options.map((option, number) =>
    make(
      'button',
      {
        class: one.mine === number ? 'btn pri' : 'btn',
        type: 'submit',
        name: 'option',
        value: String(number),
        'aria-pressed': one.mine === number ? 'true' : null,
        lang: one.language || null,
      },
      option,
    ),
  );
  const told = make(
    'p',
    { role: 'status', 'data-answered': '', hidden: one.mine === null ? '' : null },
    icon('circle-check'),
    ' ',
    make('span', {}, words.answered),
  );
  return make(
    'form',
    { class: 'stack ask', method: 'post', action: `/m/${one.token}/answer`, 'data-answers': '' },
    make('div', { class: 'choices' }, ...buttons),
    told,
  );
}

function writeForm(one: Kept, words: Words): HTMLElement {
  const field = make(
    'div',
    { class: 'field' },
    make('label', { for: 'wr' }, words.your_message),
    make('textarea', { id: 'wr', name: 'text', rows: '4', maxlength: '4000', required: '' }),
  );
  const told = make('p', { role: 'status', 'data-answered': '', hidden: '' }, icon('circle-check'), ' ', make('span'));
  const form = make(
    'form',
    { class: 'stack body', method: 'post', action: `/m/${one.token}/answer`, 'data-answers': '' },
    field,
    make('button', { class: 'btn', type: 'submit' }, words.send),
    told,
  );
  return make('details', { class: 'fold', id: 'write' }, make('summary', {}, words.write), form);
}

function drawNotice(one: Kept, words: Words): (HTMLElement | null)[] {
  const when = [sayWhen(one.sent_at, one.zone, words.code), one.about].filter(Boolean).join(', ');
  return [
    one.mode === 'drill'
      ? note('warn', 'flag', words.drill, '')
      : one.mode === 'test'
        ? note('warn', 'flag', words.test, '')
        : null,
    one.is_over ? note('', 'circle-check', words.over, one.ended_because) : null,
    one.correction ? note('warn', 'alert-triangle', `${words.corrected}:`, one.correction) : null,
    make('div', { lang: one.language || null, dir: 'auto' }, make('h1', {}, one.title)),
    make('p', { class: 'muted' }, when),
    make('div', { class: 'letter-t', lang: one.language || null, dir: 'auto' }, lines(one.text)),
    answerForm(one, words),
    writeForm(one, words),
  ];
}

function drawList(kept: Kept[], words: Words, level: 'h1' | 'h2', title: string): (HTMLElement | null)[] {
  const rows = kept.map((one) => {
    const isOn = one.purpose === 'emergency' && !one.is_over;
    const said = [
      one.purpose === 'emergency' ? words.emergency : '',
      one.correction ? words.corrected : '',
      one.is_over ? words.over.replace(/[.。]$/, '') : '',
    ]
      .filter(Boolean)
      .join('. ');
    const link = make('a', { href: `/m/${one.token}`, dir: 'auto', lang: one.language || null }, one.title);
    const words_ = make(
      'span',
      { class: 'grow' },
      make('span', { class: 't' }, link),
      make('span', { class: 'n' }, said),
    );
    return make(
      'li',
      { class: isOn ? 'warn' : null },
      icon(one.purpose === 'emergency' ? 'alert-triangle' : 'info-circle'),
      words_,
      make('span', {}, sayWhen(one.sent_at, one.zone, words.code)),
    );
  });
  const empty = make(
    'div',
    { class: 'card pad stack' },
    make('p', {}, make('b', {}, words.none)),
    make('p', {}, words.not_kept_more),
  );
  return [
    make(level, { id: 'earlier' }, title),
    rows.length
      ? make('section', { class: 'card', 'aria-labelledby': 'earlier' }, make('ul', { class: 'rows' }, ...rows))
      : empty,
  ];
}

/** Tries for the real page now and then, never under somebody's hands; where the network is slow, what is shown is renewed instead. */
function comeBack(page: HTMLElement, token: string): void {
  const look = async (): Promise<void> => {
    if (page.querySelector('textarea')?.value || document.hidden) return;
    const answer = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(4000) }).catch(() => null);
    if (!answer?.ok) return;
    await Promise.race([flush(), new Promise((done) => setTimeout(done, SENDING_MS))]); // nothing is cut off half sent
    if (Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) > RELOAD_MS) {
      sessionStorage.setItem(RELOADED, String(Date.now()));
      return location.reload();
    }
    if (await fetchBundle(token ? `/m/${token}/kept?only=1` : '/family/kept').catch(() => false))
      await draw(page, token);
  };
  addEventListener('online', () => {
    sessionStorage.removeItem(RELOADED);
    void look();
  });
  setInterval(() => void look(), AGAIN_MS);
}

async function draw(page: HTMLElement, token: string): Promise<Kept | undefined> {
  const kept = await keptNotices();
  const words = wordsFor(kept);
  const one = token ? await keptNotice(token) : undefined;
  document.documentElement.lang = words.code;
  document.documentElement.dir = page.dir = words.dir;
  page.querySelector('[data-app]')!.textContent = words.app;
  page.querySelector('[data-foot]')!.textContent = words.footer;
  document.querySelector('[data-bar] span')!.textContent = words.messages;
  document.title = `${one?.title ?? words.app} | Watchbell`;
  const oldest = one ?? kept[0];
  if (oldest)
    sayAge(page.querySelector('[data-as-of]'), words, sayWhen(oldest.at, oldest.zone, words.code), words.fresh);
  const others = kept.filter((each) => each.token !== token);
  const missing = token && !one ? [make('h1', {}, words.not_kept), make('p', {}, words.not_kept_more)] : [];
  const parts = token
    ? [
        ...missing,
        ...(one ? drawNotice(one, words) : []),
        ...(others.length ? drawList(others, words, 'h2', words.earlier) : []),
      ]
    : drawList(kept, words, 'h1', words.messages);
  const fill = make('div', { class: 'stack', 'data-fill': '' }, ...parts.filter((part) => part !== null));
  page.querySelector('[data-fill]')!.replaceWith(fill);
  armAnswers(fill, words);
  return one;
}

export async function showOffline(): Promise<void> {
  const page = document.querySelector<HTMLElement>('[data-family-offline]');
  if (!page) return;
  const token = tokenOf(location.pathname);
  const one = await draw(page, token);
  if (one && !one.is_seen) void tellSeen(one.token);
  comeBack(page, token);
}
