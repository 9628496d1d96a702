// The finished picture as a file: load, save, share.
import { markAsGenerated } from './source-type.ts';

/** Resolves when the picture can be drawn without a wait, or at once when it cannot be loaded. */
export async function shown(address: string | undefined): Promise<void> {
  if (address === undefined) return;
  const image = new Image();
  image.src = address;
  await image.decode().catch(() => undefined);
}

/** Gives the frame the shape of the picture that was loaded into it. */
export function fitFrame({ target }: Event): void {
  const { naturalWidth, naturalHeight, parentElement } = target as HTMLImageElement;
  if (naturalHeight > 0) parentElement?.style.setProperty('--shape', String(naturalWidth / naturalHeight));
}

export async function savePicture(address: string, title: string): Promise<void> {
  const link = document.createElement('a');
  try {
    const file = await pictureFile(address, title);
    link.href = URL.createObjectURL(file);
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch {
    // The picture's host forbids reading it (CORS): open it, so that it can be saved by hand.
    link.href = address;
    link.target = '_blank';
    link.rel = 'noopener';
    link.click();
  }
}

export async function sharePicture(address: string, title: string): Promise<void> {
  try {
    await navigator.share({ files: [await pictureFile(address, title)], title });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) await savePicture(address, title);
  }
}

export function canShareFiles(): boolean {
  const probe = new File([], 'picture.jpg', { type: 'image/jpeg' });
  return typeof navigator.canShare === 'function' && navigator.canShare({ files: [probe] });
}

async function pictureFile(address: string, title: string): Promise<File> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the picture answered ${response.status}`);
  const blob = await markAsGenerated(await response.blob());
  const extension = blob.type === 'image/png' ? 'png' : blob.type === 'video/mp4' ? 'mp4' : 'jpg';
  const name = title.normalize('NFKD').replace(/[^\p{Letter}\p{Number}]+/gu, '-').replace(/^-+|-+$/g, '').toLowerCase();
  return new File([blob], `${name || 'try-on'}.${extension}`, { type: blob.type });
}
