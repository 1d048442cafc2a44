// The console's one script: the page reads and works without it, islands make it live.
import './styles/main.css';
import htmx from 'htmx.org';
import { Idiomorph } from 'idiomorph/dist/idiomorph-ext.esm.js';
import { watchAlerts } from './islands/alert.ts';
import { armAnnouncing } from './islands/announce.ts';
import { runClocks } from './islands/clock.ts';
import { showFamily } from './islands/family.ts';
import { showOffline } from './islands/family-offline.ts';
import { followFilters } from './islands/filters.ts';
import { readCards } from './islands/cards.ts';
import { askFirst } from './islands/confirm.ts';
import { armHolds } from './islands/hold.ts';
import { guardLeaving } from './islands/leave.ts';
import { followLive } from './islands/live.ts';
import { openMenus } from './islands/menu.ts';
import { isOwnOfPlan, movePlans } from './islands/plan.ts';
import { armAnswers } from './islands/answer.ts';
import { armPress, armShortcut } from './islands/press.ts';
import { armPush } from './islands/push.ts';
import { sketchPlans } from './islands/sketch.ts';
import { sortTables } from './islands/sort.ts';
import { switchTheme } from './islands/theme.ts';
import { callRoll } from './islands/roll.ts';
import { armRoomForm } from './islands/room-form.ts';
import { keepTicket } from './islands/ticket.ts';
import { showToasts } from './islands/toast.ts';
import { showPictures } from './islands/video.ts';
import { csrfToken } from './kit.ts';
import { fetchAhead, offerKept } from './offline/ahead.ts';
import { startSending } from './offline/queue.ts';

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // pages hold personal data: none of it in the browser's storage
htmx.config.defaultSettleDelay = 0;
// What a person has ticked in a list, or hidden on a plan, that is drawn anew meanwhile stays so.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name: string, node: Element) =>
  !(name === 'checked' && node.hasAttribute('data-kept')) && !isOwnOfPlan(name, node);
// An error answer is a page's own words (console/_problem.html): show it where the answer was expected.
htmx.config.responseHandling = [
  { code: '204', swap: false },
  { code: '[23]..', swap: true },
  { code: '4(03|04|09|22)', swap: true, error: false },
  { code: '...', swap: false, error: true },
];

document.addEventListener('htmx:configRequest', (event) => {
  const detail = (event as CustomEvent).detail;
  if (detail.verb !== 'get') detail.headers['X-CSRFToken'] = csrfToken();
});

// Long lists begin folded on a phone.
if (matchMedia('(max-width: 640px)').matches) {
  for (const list of document.querySelectorAll('details[data-fold-phone]')) list.removeAttribute('open');
}

switchTheme();
openMenus();
showToasts();
armHolds();
runClocks();
sortTables();
followFilters();
movePlans();
sketchPlans();
keepTicket();
armPress();
armShortcut();
armAnswers();
armPush();
readCards();
callRoll();
armRoomForm();
showFamily();
void showOffline();
startSending();
guardLeaving();
askFirst();
void fetchAhead();
void offerKept();
armAnnouncing();
showPictures();
const alerts = watchAlerts();
followLive(alerts);

// The map is large: fetched only for a page or a part that has one.
const drawMaps = () => {
  if (document.querySelector('[data-map]:not([data-drawn])'))
    void import('./islands/map.ts').then((map) => map.drawMaps());
};
drawMaps();
document.addEventListener('htmx:afterSettle', drawMaps);

if ('serviceWorker' in navigator && document.documentElement.dataset.worker) {
  void navigator.serviceWorker.register(document.documentElement.dataset.worker, { scope: '/' }).catch(() => undefined);
  // The press page of whoever is signed in now is kept for the moment without a network.
  void navigator.serviceWorker.ready.then((found) => found.active?.postMessage({ keep: ['/press'] }));
}
