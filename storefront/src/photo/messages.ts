// What the page and the photo worker say to each other.

export interface PhotoRequest {
  id: number;
  file: Blob;
}

export type PhotoAnswer =
  | { id: number; ok: true; blob: Blob; width: number; height: number }
  | { id: number; ok: false; code: 'PhotoUnreadable' | 'PhotoTooSmall'; message: string };
