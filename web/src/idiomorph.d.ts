declare module 'idiomorph/dist/idiomorph-ext.esm.js' {
  export const Idiomorph: {
    defaults: { callbacks: { beforeAttributeUpdated: (name: string, node: Element) => boolean } };
  };
}
