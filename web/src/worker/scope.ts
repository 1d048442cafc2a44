// What the worker's modules know of the worker they run in.
/// <reference lib="webworker" />
export const worker = self as unknown as ServiceWorkerGlobalScope;

export const ASSETS = '/static/console/dist/';
