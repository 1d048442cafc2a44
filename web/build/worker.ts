// Writes into the service worker what it keeps for the moment without a network, and a stamp that changes with it.
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

export function stampWorker(): Plugin {
  return {
    name: 'watchbell-worker',
    enforce: 'post',
    generateBundle(_, bundle) {
      const worker = bundle['sw.js'];
      if (!worker || worker.type !== 'chunk') throw new Error('The service worker was not built.');
      const kept = Object.values(bundle)
        .filter((file) => file.fileName !== 'sw.js' && /main-|public-sans-latin-wght/.test(file.fileName))
        .map((file) => file.fileName)
        .sort();
      const stamp = createHash('sha256').update(kept.join()).digest('hex').slice(0, 12);
      worker.code = worker.code.replace('__KEPT__', JSON.stringify(kept).replaceAll('"', "'").slice(1, -1)).replace('__STAMP__', stamp);
    },
  };
}
