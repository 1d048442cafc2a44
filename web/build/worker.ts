// Builds the service worker as one classic script, and writes into it what it keeps for the moment without a network and a
// stamp that changes with it.
import { createHash } from 'node:crypto';
import { build, type Plugin, type Rolldown } from 'vite';

async function pack(entry: string): Promise<string> {
  const made = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry, formats: ['iife'], name: 'worker', fileName: () => 'sw.js' },
    },
  });
  const first = Array.isArray(made) ? made[0] : made;
  if (!('output' in first) || first.output[0].type !== 'chunk') throw new Error('The service worker was not built.');
  return first.output[0].code;
}

/** The files without which `entry` does not run: itself and whatever it imports at once, however it is cut into pieces. */
function findNeeded(bundle: Rolldown.OutputBundle, entry: string): Set<string> {
  const needed = new Set<string>();
  const add = (name: string): void => {
    const file = bundle[name];
    if (needed.has(name) || file?.type !== 'chunk') return;
    needed.add(name);
    file.imports.forEach(add);
  };
  for (const file of Object.values(bundle))
    if (file.type === 'chunk' && file.isEntry && file.name === entry) add(file.fileName);
  return needed;
}

export function stampWorker(entry: string): Plugin {
  return {
    name: 'watchbell-worker',
    enforce: 'post',
    async generateBundle(_, bundle) {
      const needed = findNeeded(bundle, 'main');
      if (!needed.size) throw new Error('The console is not in the bundle.');
      const kept = Object.values(bundle)
        .filter((file) => needed.has(file.fileName) || /main-.*\.css$|public-sans-latin-wght/.test(file.fileName))
        .map((file) => file.fileName)
        .sort();
      const code = await pack(entry);
      const stamp = createHash('sha256')
        .update(kept.join() + code)
        .digest('hex')
        .slice(0, 12);
      const stamped = code.replace('__KEPT__', kept.join(' ')).replace('__STAMP__', stamp);
      if (stamped.includes('__KEPT__') || stamped.includes('__STAMP__'))
        throw new Error('The service worker was not stamped.');
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: stamped });
    },
  };
}
