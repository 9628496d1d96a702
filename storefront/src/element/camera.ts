// The device's own camera inside the dialog, for computers; phones hand over to their camera app. The picture is mirrored
// while one looks at it, as in a mirror, and not in the photo.

/** Time to step back from the device. */
const TIMER_SECONDS = 3;

export interface CameraState {
  stream: MediaStream;
  /** Seconds until the photo is taken; nothing while nobody has pressed. */
  countdown: number | undefined;
}

export function hasCamera(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === 'function';
}

export class Camera {
  readonly #changed: (state: CameraState | undefined) => void;
  #state: CameraState | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: (state: CameraState | undefined) => void) {
    this.#changed = changed;
  }

  /** Asks for the lens that faces the shopper. Rejects where there is none, or it may not be used. */
  async start(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'user', width: { ideal: 1920 }, height: { ideal: 1920 } },
    });
    this.#set({ stream, countdown: undefined });
  }

  /** Counts down, then hands over what `video` shows. */
  shoot(video: HTMLVideoElement, taken: (photo: Blob) => void): void {
    if (!this.#state || this.#state.countdown !== undefined) return;
    const count = (seconds: number): void => {
      if (!this.#state) return;
      if (seconds > 0) {
        this.#set({ ...this.#state, countdown: seconds });
        this.#timer = setTimeout(() => count(seconds - 1), 1_000);
        return;
      }
      const canvas = document.createElement('canvas');
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext('2d')?.drawImage(video, 0, 0);
      this.stop();
      canvas.toBlob((photo) => photo && taken(photo), 'image/jpeg', 0.95);
    };
    count(TIMER_SECONDS);
  }

  /** The camera's light goes out. */
  stop(): void {
    clearTimeout(this.#timer);
    for (const track of this.#state?.stream.getTracks() ?? []) track.stop();
    if (this.#state) this.#set(undefined);
  }

  #set(state: CameraState | undefined): void {
    this.#state = state;
    this.#changed(state);
  }
}
