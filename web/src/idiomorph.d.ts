interface Morphing {
  defaults: { callbacks: { beforeAttributeUpdated: (name: string, node: Element) => boolean } };
  morph: (old: Element, fresh: string, how: { morphStyle: 'innerHTML' | 'outerHTML' }) => Element[];
}

declare module 'idiomorph/dist/idiomorph-ext.esm.js' {
  export const Idiomorph: Morphing;
}

declare module 'idiomorph/dist/idiomorph.esm.js' {
  export const Idiomorph: Morphing;
}
