// One sound per response, made in the browser: told apart with closed eyes, no file to load.
import { isQuiet } from '../kit.ts';

type Tone = [hertz: number, toHertz: number, seconds: number, pause: number];

const SOUNDS: Record<string, Tone[]> = {
  lockdown: [
    [880, 880, 0.18, 0.06],
    [660, 660, 0.18, 0.06],
    [880, 880, 0.18, 0.06],
    [660, 660, 0.18, 0.5],
  ],
  secure: [
    [520, 780, 0.5, 0.12],
    [520, 780, 0.5, 0.6],
  ],
  hold: [
    [587, 587, 0.35, 0.15],
    [494, 494, 0.45, 0.9],
  ],
  evacuate: [[500, 1200, 0.9, 0.25]],
  fire: [
    [950, 950, 0.5, 0.5],
    [950, 950, 0.5, 0.5],
    [950, 950, 0.5, 1.5],
  ], // temporal-three, as NFPA 72 has it
  shelter: [
    [400, 700, 1.2, 0],
    [700, 400, 1.2, 0.3],
  ],
  medical: [
    [784, 784, 0.12, 0.1],
    [784, 784, 0.12, 0.1],
    [1047, 1047, 0.3, 1],
  ],
  staff_assist: [
    [659, 659, 0.2, 0.1],
    [784, 784, 0.25, 1.4],
  ],
  call_911: [
    [523, 523, 0.15, 0.1],
    [659, 659, 0.15, 0.1],
    [523, 523, 0.15, 1.2],
  ],
  duress: [[392, 392, 0.3, 1.6]],
};

let context: AudioContext | null = null;
let timer = 0;
let playing = '';

/** Quiet alarms sound three times and softly: for the few who are meant, not for the room they stand in. */
const SOFT = new Set(['medical', 'staff_assist', 'duress', 'call_911']);
const SOFT_TIMES = 3;
const LOUD = 0.5;
const SOFTLY = 0.12;

function play(kind: string): number {
  const tones = SOUNDS[kind] ?? SOUNDS.staff_assist;
  let at = context!.currentTime + 0.03;
  const start = at;
  for (const [from, to, seconds, pause] of tones) {
    const oscillator = context!.createOscillator();
    const gain = context!.createGain();
    const level = SOFT.has(kind) ? SOFTLY : LOUD;
    oscillator.type = SOFT.has(kind) ? 'sine' : 'triangle';
    oscillator.frequency.setValueAtTime(from, at);
    oscillator.frequency.linearRampToValueAtTime(to, at + seconds);
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(level, at + 0.015);
    gain.gain.setValueAtTime(level, at + seconds - 0.03);
    gain.gain.linearRampToValueAtTime(0, at + seconds);
    oscillator.connect(gain).connect(context!.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds);
    at += seconds + pause;
  }
  return (at - start) * 1000;
}

/**
 * Repeats the sound of `kind` until stopped. True when it can be heard: browsers stay silent until the first touch.
 * A quiet alarm does not take the place of a loud one that is heard.
 */
export async function startSound(kind: string): Promise<boolean> {
  if (SOFT.has(kind) && playing && !SOFT.has(playing)) return true;
  stopSound();
  if (isQuiet()) return false;
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch {
    return false;
  }
  await new Promise((done) => setTimeout(done, 80));
  if (context.state !== 'running') return false;
  playing = kind;
  let left = SOFT.has(kind) ? SOFT_TIMES : Infinity;
  const again = () => {
    if (left-- > 0) timer = window.setTimeout(again, play(kind));
  };
  again();
  return true;
}

/** A quiet alarm that is answered or over leaves the sound of a loud one alone. */
export function stopSoftSound(): void {
  if (!playing || SOFT.has(playing)) stopSound();
}

export function stopSound(): void {
  playing = '';
  clearTimeout(timer);
  void context?.suspend();
}
