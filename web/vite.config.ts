import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { drawSprite } from './build/sprite.ts';
import { stampWorker } from './build/worker.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  publicDir: here('public'),
  plugins: [drawSprite(here('..')), stampWorker(here('src/sw.ts'))],
  build: {
    outDir: here('../src/watchbell/console/static/console/dist'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    assetsInlineLimit: 0, // a strict CSP allows no data: fonts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200, // the map, loaded only where there is one
    rolldownOptions: {
      checks: { eval: false }, // htmx holds one; htmx.config.allowEval and the CSP both forbid it
      input: { main: here('src/main.ts'), dispatch: here('src/dispatch.ts') },
      output: { entryFileNames: 'assets/[name]-[hash].js' },
    },
  },
});
