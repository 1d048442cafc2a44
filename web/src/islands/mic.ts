// The microphone as frames of 20 ms µ-law at 8 kHz, and sound files of any kind turned into WAV.
export interface Mic {
  stop(): void;
}

const MULAW = 7;

/** Opens the microphone; `heard` gets each frame with its level, 0 to 1. Rejects when it is refused or missing. */
export async function openMic(heard: (frame: Uint8Array, level: number) => void): Promise<Mic> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true },
  });
  const context = new AudioContext();
  try {
    await context.audioWorklet.addModule(new URL('../worklets/mic.js', import.meta.url));
    const node = new AudioWorkletNode(context, 'wb-mic', { numberOfOutputs: 0 });
    node.port.onmessage = (event) => heard(event.data.frame as Uint8Array, event.data.level as number);
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
  } catch (error) {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
    throw error;
  }
  return {
    stop() {
      for (const track of stream.getTracks()) track.stop();
      void context.close();
    },
  };
}

export function whyNoMic(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError')
    return 'The browser may not use the microphone. Allow it beside the address, then try again.';
  if (name === 'NotFoundError') return 'No microphone was found. Plug one in, then try again.';
  return 'The microphone cannot be opened. Is another program using it?';
}

function head(length: number, kind: number, bits: number, rate: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(44));
  const text = (at: number, words: string) =>
    [...words].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, kind, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * bits) / 8, true);
  view.setUint16(32, bits / 8, true);
  view.setUint16(34, bits, true);
  text(36, 'data');
  view.setUint32(40, length, true);
  return view;
}

/** Frames of µ-law as a WAV file. */
export const wavOf = (frames: Uint8Array[]): Blob =>
  new Blob([head(frames.length * 160, MULAW, 8, 8000), ...(frames as Uint8Array<ArrayBuffer>[])], {
    type: 'audio/wav',
  });

/** Whatever the browser can play, as 16-bit WAV at 16 kHz, one channel. Rejects for what it cannot. */
export async function wavOfFile(file: Blob): Promise<Blob> {
  const rate = 16000;
  const decoded = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await file.arrayBuffer());
  const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(decoded.duration * rate)), rate);
  const source = offline.createBufferSource();
  source.buffer = decoded;
  source.connect(offline.destination);
  source.start();
  const samples = (await offline.startRendering()).getChannelData(0);
  const words = Int16Array.from(samples, (one) => Math.max(-32768, Math.min(32767, Math.round(one * 32767))));
  return new Blob([head(words.byteLength, 1, 16, rate), words], { type: 'audio/wav' });
}
