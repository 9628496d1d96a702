// What can go wrong, as one error type that tells what to do about it.
import type { Action } from './types.ts';

export interface FieldFault {
  path: string;
  message: string;
}

interface Details {
  action?: Action | undefined;
  status?: number | undefined;
  fields?: FieldFault[] | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/**
 * A try-on that did not come to a picture. `code` is FASHN's name of the error (`PoseError`, `OutOfCredits`, ...) or
 * one of ours: `ConnectionError`, `OriginRefused`, `TimeoutError`, `PhotoUnreadable`, `PhotoTooSmall`, `PhotoCut`, `PhotoHeic`,
 * `GarmentUnreadable`, * `Expired`, `PictureUnreachable`, `ChallengeFailed`, `Canceled`, `UnexpectedAnswer`. `message` is for developers; `action` is what the shopper can do.
 */
export class TryOnError extends Error {
  override readonly name = 'TryOnError';
  readonly code: string;
  readonly action: Action;
  /** HTTP status, when the gateway refused the request itself. */
  readonly status: number | undefined;
  /** Each input that was refused, by path (`inputs.model_image`). */
  readonly fields: readonly FieldFault[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.fields = details.fields ?? [];
    this.action = details.action ?? actionFor(code, this.fields);
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

const ACTIONS: Readonly<Record<string, Action>> = {
  // FASHN's runtime errors.
  PoseError: 'retake',
  PhotoTypeError: 'retake',
  ImageLoadError: 'retake',
  ContentModerationError: 'retake',
  NSFWError: 'retake',
  InputValidationError: 'other_product',
  ThirdPartyError: 'retry',
  UnavailableError: 'retry',
  PipelineError: 'retry',
  // FASHN's API-level errors, which the gateway passes on.
  RateLimitExceeded: 'retry',
  ConcurrencyLimitExceeded: 'retry',
  InternalServerError: 'retry',
  OutOfCredits: 'contact',
  UnauthorizedAccess: 'contact',
  // Ours.
  ConnectionError: 'retry',
  TimeoutError: 'retry',
  Canceled: 'retry',
  Expired: 'retry',
  UnexpectedAnswer: 'retry',
  PhotoUnreadable: 'retake',
  PhotoTooSmall: 'retake',
  PhotoCut: 'retake',
  PhotoHeic: 'retake',
  CameraRefused: 'retake',
  GarmentUnreadable: 'other_product',
  OriginRefused: 'contact',
  PictureUnreachable: 'retry',
  ChallengeFailed: 'retry',
  // The gateway's own.
  PayloadTooLarge: 'retake',
  OriginNotAllowed: 'contact',
  UnsupportedMediaType: 'contact',
  RequestInProgress: 'retry',
};

/** What helps against an error when the gateway did not say. */
export function actionFor(code: string, fields: readonly FieldFault[] = []): Action {
  if (fields.some((field) => field.path.endsWith('model_image'))) return 'retake';
  if (fields.some((field) => /(garment|product)_image$/.test(field.path))) return 'other_product';
  return ACTIONS[code] ?? 'retry';
}

const KNOWN_ACTIONS: readonly string[] = ['retake', 'retry', 'other_product', 'contact', 'none'] satisfies Action[];

export function isAction(value: unknown): value is Action {
  return typeof value === 'string' && KNOWN_ACTIONS.includes(value);
}

/** What helps against a refusal: the field that is wrong says it best, then the gateway, then its code or status. */
function actionOf(status: number, said: unknown, code: string, fields: readonly FieldFault[]): Action {
  const ofField = actionFor('', fields);
  if (ofField !== 'retry') return ofField;
  if (isAction(said)) return said;
  // An answer that isn't the gateway's: a wrong address, which no shopper can change.
  return code === 'UnexpectedAnswer' && status >= 400 && status < 500 ? 'contact' : actionFor(code, fields);
}

/** An error answer of the gateway: `{"error","message","action","errors":[{"path","message"}]}`, or anything at all. */
export function refusal(status: number, body: unknown, retryAfterSeconds: number | undefined): TryOnError {
  const shape = isRecord(body) ? body : {};
  const code = typeof shape['error'] === 'string' ? shape['error'] : status === 429 ? 'RateLimitExceeded' : 'UnexpectedAnswer';
  const message = typeof shape['message'] === 'string' ? shape['message'] : `The gateway answered ${status}.`;
  const fields = (Array.isArray(shape['errors']) ? shape['errors'] : []).filter(isFieldFault);
  return new TryOnError(code, message, { status, fields, retryAfterSeconds, action: actionOf(status, shape['action'], code, fields) });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFieldFault(value: unknown): value is FieldFault {
  return isRecord(value) && typeof value['path'] === 'string' && typeof value['message'] === 'string';
}

/** `Retry-After` in seconds, from a number or a date; nothing for nonsense. */
export function retryAfterSeconds(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}
