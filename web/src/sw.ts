// The service worker only joins its concerns; each lives in worker/.
import { keepFamily } from './worker/family.ts';
import { keepPages } from './worker/keeping.ts';
import { sendOutbox } from './worker/outbox.ts';
import { takePushes } from './worker/push.ts';
import { keepRoll } from './worker/roll.ts';

keepRoll();
keepFamily();
keepPages();
sendOutbox();
takePushes();
