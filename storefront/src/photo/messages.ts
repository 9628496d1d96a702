// What the page and the photo worker say to each other.

import type { PhotoAdvice } from './advice.ts';

export interface PreparedPhoto {
  /** `image/jpeg`, without EXIF. */
  blob: Blob;
  width: number;
  height: number;
  /** What could be better about it. */
  advice: readonly PhotoAdvice[];
}

export type PhotoFault = 'PhotoUnreadable' | 'PhotoTooSmall' | 'PhotoCut' | 'PhotoHeic';

export interface PhotoRequest {
  id: number;
  file: Blob;
}

export type PhotoAnswer =
  | ({ id: number; ok: true } & PreparedPhoto)
  | { id: number; ok: false; code: PhotoFault; message: string };
