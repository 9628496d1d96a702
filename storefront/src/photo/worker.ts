// The photo worker: decode, turn upright, resize with Lanczos, encode. All of it off the main thread.
import { Pica } from 'pica/pica_main';
import { ADVICE_EDGE_PX, adviceOn, type Seen } from './advice.ts';
import { isCutJpeg, isHeic } from './intact.ts';
import { canvasScale, fittedSize, JPEG_QUALITY, SHORTEST_EDGE_PX } from './limits.ts';
import type { PhotoAnswer, PhotoRequest } from './messages.ts';

// Plain JavaScript: WebAssembly would need 'wasm-unsafe-eval' in the shop's Content-Security-Policy, and this is a
// worker already.
const pica = new Pica({ features: ['js'] });

addEventListener('message', ({ data }: MessageEvent<PhotoRequest>) => {
  void prepare(data).then((answer) => postMessage(answer));
});

async function prepare({ id, file }: PhotoRequest): Promise<PhotoAnswer> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isCutJpeg(bytes)) return { id, ok: false, code: 'PhotoCut', message: 'The end of the JPEG is missing.' };
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (error) {
    return { id, ok: false, code: isHeic(bytes) ? 'PhotoHeic' : 'PhotoUnreadable', message: String(error) };
  }
  try {
    if (Math.min(bitmap.width, bitmap.height) < SHORTEST_EDGE_PX) {
      return { id, ok: false, code: 'PhotoTooSmall', message: `${bitmap.width} x ${bitmap.height} px` };
    }
    const { width, height } = fittedSize(bitmap.width, bitmap.height);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no 2d context');
    if (width === bitmap.width && height === bitmap.height) context.drawImage(bitmap, 0, 0);
    else await pica.resize(await onCanvas(bitmap), asCanvas(canvas), { filter: 'lanczos3' });
    // JPEG knows no transparency: without this a cut-out would stand on black.
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY });
    return { id, ok: true, blob, width, height, advice: adviceOn(look(canvas, bitmap)) };
  } catch (error) {
    return { id, ok: false, code: 'PhotoUnreadable', message: String(error) };
  } finally {
    bitmap.close();
  }
}

/**
 * The upright pixels on a canvas. Not the bitmap itself: browsers differ on which part of a turned bitmap a rectangle
 * means, and pica's own way around that needs a document. What no canvas can hold is halved by the browser first.
 */
async function onCanvas(bitmap: ImageBitmap): Promise<HTMLCanvasElement> {
  const scale = canvasScale(bitmap.width, bitmap.height);
  const width = Math.floor(bitmap.width * scale);
  const height = Math.floor(bitmap.height * scale);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2d context');
  const fitting = scale < 1 ? await createImageBitmap(bitmap, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' }) : bitmap;
  context.drawImage(fitting, 0, 0);
  return asCanvas(canvas);
}

/** The photo made small, to be looked at. */
function look(from: OffscreenCanvas, { width: originalWidth, height: originalHeight }: ImageBitmap): Seen {
  const scale = Math.min(1, ADVICE_EDGE_PX / Math.max(from.width, from.height));
  const width = Math.max(1, Math.round(from.width * scale));
  const height = Math.max(1, Math.round(from.height * scale));
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2d context');
  context.drawImage(from, 0, 0, width, height);
  return { pixels: context.getImageData(0, 0, width, height).data, width, height, originalWidth, originalHeight };
}

/** pica takes offscreen canvases, but its types do not say so. */
function asCanvas(canvas: OffscreenCanvas): HTMLCanvasElement {
  return canvas as unknown as HTMLCanvasElement;
}
