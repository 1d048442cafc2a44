// The service worker only joins its concerns; each lives in worker/.
import { keepPages } from './worker/keeping.ts';
import { sendOutbox } from './worker/outbox.ts';
import { takePushes } from './worker/push.ts';

keepPages();
sendOutbox();
takePushes();
