// The microphone on the audio thread: low-passed, at 8 kHz, G.711 µ-law, handed out in frames of 20 ms with their level.
const RATE = 8000;
const FRAME = 160;
const STEPS = 256;
const HALF = 10; // samples of the slower rate on each side of the filter

function code(sample) {
  const value = Math.max(-32635, Math.min(32635, Math.round(sample * 32767)));
  const magnitude = Math.abs(value) + 0x84;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((value < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

class Mic extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ratio = sampleRate / RATE;
    this.reach = Math.ceil(HALF * this.ratio);
    this.kept = new Float32Array(this.reach * 2);
    this.at = this.reach;
    this.taps = [];
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
    this.energy = 0;
  }

  /** The filter for a place between two samples, made once for each 256th of their distance. */
  tapsAt(step) {
    if (this.taps[step]) return this.taps[step];
    const cutoff = 0.9 / this.ratio;
    const taps = new Float32Array(this.reach * 2);
    let weight = 0;
    for (let n = 0; n < taps.length; n++) {
      const x = n - this.reach + 1 - step / STEPS;
      const window =
        0.42 + 0.5 * Math.cos((Math.PI * x) / this.reach) + 0.08 * Math.cos((2 * Math.PI * x) / this.reach);
      taps[n] = (x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x)) * Math.max(0, window);
      weight += taps[n];
    }
    for (let n = 0; n < taps.length; n++) taps[n] /= weight;
    return (this.taps[step] = taps);
  }

  filtered(signal, middle) {
    const whole = Math.floor(middle);
    const taps = this.tapsAt(Math.floor((middle - whole) * STEPS));
    const first = whole - this.reach + 1;
    let sum = 0;
    for (let n = 0; n < taps.length; n++) sum += taps[n] * signal[first + n];
    return sum;
  }

  process(inputs) {
    const input = inputs[0]?.[0];
    if (!input) return true;
    const signal = new Float32Array(this.kept.length + input.length);
    signal.set(this.kept);
    signal.set(input, this.kept.length);
    while (this.at + this.reach + 1 < signal.length) {
      const sample = this.filtered(signal, this.at);
      this.energy += sample * sample;
      this.frame[this.filled++] = code(sample);
      if (this.filled === FRAME) {
        this.port.postMessage({ frame: this.frame.slice(), level: Math.sqrt(this.energy / FRAME) });
        this.filled = this.energy = 0;
      }
      this.at += this.ratio;
    }
    const from = Math.min(signal.length - this.reach * 2, Math.floor(this.at) - this.reach);
    this.kept = signal.slice(from);
    this.at -= from;
    return true;
  }
}

registerProcessor('wb-mic', Mic);
