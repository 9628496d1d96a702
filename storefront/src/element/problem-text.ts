// Each error in words for shoppers.
import type { Problem } from './state.ts';
import { fill, type Language } from './strings.ts';
import type { Strings } from './words.ts';

type Kind = keyof Strings['errors'];

const KINDS: Readonly<Record<string, Kind>> = {
  PoseError: 'pose',
  PhotoTypeError: 'pose',
  ContentModerationError: 'moderation',
  NSFWError: 'moderation',
  ImageLoadError: 'photo',
  PhotoUnreadable: 'photo',
  PhotoTooSmall: 'small',
  PhotoCut: 'cut',
  PhotoHeic: 'heic',
  CameraRefused: 'camera',
  PayloadTooLarge: 'photo',
  GarmentUnreadable: 'product',
  RateLimitExceeded: 'busy',
  ConcurrencyLimitExceeded: 'busy',
  UnavailableError: 'busy',
  ServiceUnavailable: 'busy',
  RequestInProgress: 'busy',
  OutOfCredits: 'unavailable',
  UnauthorizedAccess: 'unavailable',
  ConnectionError: 'connection',
  TimeoutError: 'timeout',
  Expired: 'expired',
  PictureUnreachable: 'picture',
  ChallengeFailed: 'challenge',
};

const BY_ACTION: Readonly<Record<Problem['action'], Kind>> = {
  retake: 'photo',
  retry: 'other',
  other_product: 'product',
  contact: 'unavailable',
  none: 'unavailable',
};

export function problemKind({ code, action }: Problem): Kind {
  // The gateway may say of any code that only the shop can help.
  if (action === 'contact' || action === 'none') return 'unavailable';
  return KINDS[code] ?? BY_ACTION[action];
}

export function problemText(problem: Problem, language: Language): { title: string; text: string } {
  let kind = problemKind(problem);
  if (kind === 'busy' && problem.retryAfterSeconds !== undefined && problem.retryAfterSeconds > 0) kind = 'wait';
  const [title = '', text = ''] = language.strings.errors[kind];
  return { title, text: fill(text, { time: language.duration(problem.retryAfterSeconds ?? 0) }) };
}
