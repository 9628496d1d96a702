// The client's vocabulary. Names are FASHN's where FASHN has them.

/** The models that take a person and a product: FASHN's `tryon-v1.6` (fast) and `tryon-max` (finer, slower). */
export type TryOnModel = 'tryon-v1.6' | 'tryon-max';

/** A prediction's status, as FASHN's `/v1/status/{id}` reports it. */
export type Status = 'starting' | 'in_queue' | 'processing' | 'completed' | 'failed' | 'canceled' | 'time_out';

/** What the shopper can do about a failure. */
export type Action = 'retake' | 'retry' | 'other_product' | 'contact' | 'none';

/** Where a try-on stands. `fraction` is 0 to 1; `place` counts from 1; `etaSeconds` is from now. */
export type Progress =
  | { stage: 'preparing' }
  | { stage: 'sending'; fraction: number }
  /** `consentReceipt`: what the gateway certifies of the shopper's agreement, where it requires one. */
  | { stage: 'accepted'; id: string; consentReceipt?: string }
  | { stage: 'queued'; place?: number; etaSeconds?: number }
  | { stage: 'working'; etaSeconds?: number }
  /** A challenge is waited for: the shopper may have to confirm that they are a person. */
  | { stage: 'checking' }
  /** The device has no connection. The run goes on at the gateway, and the client carries on by itself when it is back. */
  | { stage: 'offline' }
  /** The device has a connection, but the gateway can't be reached. It is tried again. */
  | { stage: 'reconnecting' };

/** A finished try-on. `id` is the gateway's own signed id: whoever holds it can read the result until `expiresAt`. */
export interface TryOnResult {
  id: string;
  /** Absolute addresses, or data URLs, of the pictures; never empty. */
  images: string[];
  expiresAt?: Date;
}

export interface TryOnOptions {
  /** Base address of Fitting Room: `https://try-on.example.com`, `/apps/try-on`, or `''` for the page's own origin. */
  gateway: string;
  /**
   * The shopper's photo: a file, or the address of a picture that this page can read. It is resized on the device and
   * sent as bytes. An address that the page cannot read needs a gateway that allows its host.
   */
  photo: Blob | string;
  /**
   * The product's picture. An address that is not public https is read here and sent as bytes; out on the web the
   * gateway takes bytes only if its `PRODUCT_HOSTS` say so.
   */
  garment: Blob | string;
  /**
   * The shop's own signature of the garment's address, where the gateway requires one (`GARMENT_SECRET`). The address is
   * then sent letter by letter as it stands in `garment`.
   */
  garmentSignature?: string;
  /** Default `tryon-v1.6`. */
  model?: TryOnModel;
  /** More of the model's inputs, by FASHN's names: `category`, `mode`, `seed` and so on. */
  inputs?: Readonly<Record<string, unknown>>;
  /** The same key for the same try-on: a repeat is answered with the first one's id. Made anew by default. */
  idempotencyKey?: string;
  /** The version of the terms that the shopper has agreed to, where the gateway requires one (`CONSENT_VERSION`). */
  consent?: string;
  /** The words that the shopper agreed to: their SHA-256 goes along, not they themselves. It needs `consent`. */
  consentText?: string;
  /**
   * A Turnstile token, or what gets one just before the run is sent, where the gateway requires a challenge: the
   * widget's action is `try-on` unless the gateway says otherwise. A token is good once.
   */
  challenge?: string | (() => Promise<string>);
  onProgress?: (progress: Progress) => void;
  /** Stops waiting. It does not undo a run that the gateway has accepted: that is what `forget` is for. */
  signal?: AbortSignal;
}

export interface ResumeOptions {
  gateway: string;
  id: string;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}
