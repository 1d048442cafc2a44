// The check-in and the cards open without a network; the cards do not keep anybody waiting for one.
import { keptPages, patienceMs } from './keeping.ts';

export function keepRoll(): void {
  keptPages.add('/check-in').add('/cards');
  patienceMs.set('/cards', 1500).set('/check-in', 2500);
}
