// The browser's player of one live stream: fragments in, never far behind, and when each frame was taken.

const KEPT_SECONDS = 20;
const AIM_SECONDS = 0.12; // so far behind the newest frame is played
const FIRST = 0x66747970; // "ftyp"
const TIMES = 0x70726674; // "prft"

type Source = typeof MediaSource;

const sources = window as unknown as { ManagedMediaSource?: Source; MediaSource?: Source };
export const Player = sources.MediaSource ?? sources.ManagedMediaSource;
/** Whether this browser plays a codec, "avc1.4d401f". */
export const canPlay = (codec: string): boolean => !!Player?.isTypeSupported(`video/mp4; codecs="${codec}"`);

/** Whether a message is the first of a stream, with which the player begins anew. */
export const isFirst = (raw: ArrayBuffer): boolean => raw.byteLength > 8 && new DataView(raw).getUint32(4) === FIRST;

/** The browser's player for one stream. A stream that begins anew needs another one. */
export class Stream {
  private readonly source = new Player!();
  private buffer: SourceBuffer | null = null;
  private readonly waiting: ArrayBuffer[] = [];
  private readonly walls: [number, number][] = []; // [seconds in the stream, Unix ms the frame was taken]

  constructor(
    private readonly video: HTMLVideoElement,
    codec: string,
  ) {
    video.src = URL.createObjectURL(this.source);
    this.source.addEventListener(
      'sourceopen',
      () => {
        URL.revokeObjectURL(video.src);
        this.buffer = this.source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
        this.buffer.addEventListener('updateend', () => this.push());
        this.push();
      },
      { once: true },
    );
  }

  take(raw: ArrayBuffer): void {
    const view = new DataView(raw);
    if (raw.byteLength > 32 && view.getUint32(4) === TIMES) {
      const seconds = view.getUint32(16) - 2_208_988_800 + view.getUint32(20) / 2 ** 32;
      this.walls.push([Number(view.getBigUint64(24)) / 90_000, seconds * 1000]);
      if (this.walls.length > 300) this.walls.shift();
    }
    this.waiting.push(raw);
    this.push();
  }

  private push(): void {
    if (!this.buffer || this.buffer.updating || this.source.readyState !== 'open') return;
    this.catchUp();
    const next = this.waiting.shift();
    try {
      if (next) this.buffer.appendBuffer(next);
      else if (this.buffer.buffered.length && this.video.currentTime - this.buffer.buffered.start(0) > KEPT_SECONDS)
        this.buffer.remove(0, this.video.currentTime - KEPT_SECONDS / 2);
    } catch {
      this.waiting.length = 0; // the player gave up: the tile notices that no picture comes
    }
  }

  /** Never far behind: a little faster, or with a jump. */
  private catchUp(): void {
    const buffered = this.buffer!.buffered;
    if (!buffered.length) return;
    const edge = buffered.end(buffered.length - 1);
    const lag = edge - this.video.currentTime;
    if (lag > 1 || this.video.currentTime < buffered.start(0)) this.video.currentTime = Math.max(0, edge - AIM_SECONDS);
    else this.video.playbackRate = lag > AIM_SECONDS * 3 ? 1.15 : lag > AIM_SECONDS * 1.5 ? 1.05 : 1;
    if (this.video.paused) void this.video.play().catch(() => undefined);
  }

  /** When the frame at so many seconds of the stream was taken. */
  takenAt(seconds: number): number | null {
    for (let i = this.walls.length - 1; i >= 0; i--) if (this.walls[i]![0] <= seconds + 0.001) return this.walls[i]![1];
    return null;
  }

  close(): void {
    this.waiting.length = 0;
    this.video.removeAttribute('src');
    this.video.load();
  }
}
