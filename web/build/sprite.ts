// Draws one sprite of the icons in use: those in icons.txt, and those named in templates and pages.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const LIST = 'web/icons.txt';
const NAMED = [/\{%\s*icon\s+"([a-z0-9-]+)"/g, /\bicon"?\s*[=:]\s*"([a-z0-9-]+)"/g];

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (!['static', 'migrations', 'tests', 'gateways', '__pycache__'].includes(entry.name))
        yield* walk(join(folder, entry.name));
    } else if (/\.(html|py)$/.test(entry.name)) yield join(folder, entry.name);
  }
}

interface Names {
  all: Map<string, string>;
  shared: Set<string>;
}

function findNames(root: string): Names {
  const all = new Map<string, string>();
  const shared = new Set<string>();
  for (const line of readFileSync(join(root, LIST), 'utf8').split('\n')) {
    const isShared = line.startsWith('shared:');
    for (const name of line
      .replace(/^shared:|#.*/g, '')
      .split(/\s+/)
      .filter(Boolean)) {
      all.set(name, LIST);
      if (isShared) shared.add(name);
    }
  }
  for (const file of walk(join(root, 'src/watchbell'))) {
    const text = readFileSync(file, 'utf8');
    for (const pattern of NAMED)
      for (const found of text.matchAll(pattern)) if (!all.has(found[1])) all.set(found[1], file);
  }
  return { all, shared };
}

function readIcon(root: string, name: string, where: string, warn: (text: string) => void): string {
  const isFilled = name.endsWith('-filled');
  const file = join(
    root,
    'node_modules/@tabler/icons/icons',
    isFilled ? 'filled' : 'outline',
    `${isFilled ? name.slice(0, -7) : name}.svg`,
  );
  try {
    return readFileSync(file, 'utf8')
      .replace(/<!--[\s\S]*?-->|<\/?svg[^>]*>/g, '')
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, '')
      .replace(/\s+/g, ' ')
      .replace(/ ?\/> ?/g, '/>')
      .trim();
  } catch {
    const problem = `There is no Tabler icon "${name}" (named in ${where}).`;
    if (where === LIST) throw new Error(problem);
    warn(problem);
    return '';
  }
}

const paint = (name: string): string =>
  name.endsWith('-filled')
    ? 'fill="currentColor" stroke="none"'
    : 'fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"';

export function drawSprite(root: string): Plugin {
  return {
    name: 'watchbell-sprite',
    generateBundle() {
      const { all, shared } = findNames(root);
      const bodies: Record<string, string> = {};
      for (const [name, where] of [...all].sort(([a], [b]) => (a < b ? -1 : 1)))
        bodies[name] = readIcon(root, name, where, (text) => this.warn(text));
      const symbols = [...shared]
        .sort()
        .map((name) => `<symbol id="i-${name}" viewBox="0 0 24 24"><g ${paint(name)}>${bodies[name]}</g></symbol>`);
      this.emitFile({ type: 'asset', fileName: 'icons.json', source: JSON.stringify(bodies) });
      this.emitFile({ type: 'asset', fileName: 'sprite.svg', source: symbols.join('') });
    },
  };
}
