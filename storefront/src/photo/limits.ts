// What a photo is brought to before it leaves the device, from FASHN's image preprocessing guide.

/** Longest edge for FASHN's 1K endpoints. */
export const LONGEST_EDGE_PX = 2_000;
export const JPEG_QUALITY = 0.95;
/** Below this a person cannot be made out, and the result would look broken. */
export const SHORTEST_EDGE_PX = 200;
/** No phone makes files of this size; decoding one could take the tab down. */
export const MOST_BYTES = 60_000_000;

/** The size to send: the same shape, never enlarged, whole pixels. */
export function fittedSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_EDGE_PX / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** iOS refuses canvases with more pixels. */
export const CANVAS_PIXELS = 16_777_216;

/** How much a picture must shrink before it fits on a canvas: 1 for all but the largest. */
export function canvasScale(width: number, height: number): number {
  return Math.min(1, Math.sqrt(CANVAS_PIXELS / (width * height)));
}
