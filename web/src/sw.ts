// The service worker only joins its concerns; each lives in worker/.
import { keepPages } from './worker/keeping.ts';
import { sendOutbox } from './worker/outbox.ts';
import { takePushes } from './worker/push.ts';
import { keepRoll } from './worker/roll.ts';

keepRoll();
keepPages();
sendOutbox();
takePushes();
