// Photographs for tests, made on the spot: a figure on a ground, in any size, with EXIF if wanted.
import sharp from 'sharp';

export interface Wanted {
  width: number;
  height: number;
  colour?: string;
  /** EXIF orientation 1 to 8; the pixels are stored turned, as a phone does. */
  orientation?: number;
  format?: 'jpeg' | 'png' | 'webp';
}

/** The upper left quarter is red: whoever looks at the arrived picture can tell which way is up. */
export async function picturePlaceholder({ width, height, colour = '#c9c3ba', orientation, format = 'jpeg' }: Wanted): Promise<Buffer> {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 800" preserveAspectRatio="none" width="${width}" height="${height}">
    <rect width="600" height="800" fill="${colour}"/>
    <rect width="150" height="200" fill="#d01818"/>
    <circle cx="300" cy="210" r="75" fill="#b98a6a"/>
    <path d="M170 800V420q0-90 90-110h80q90 20 90 110v380z" fill="#39506b"/>
  </svg>`;
  let image = sharp(Buffer.from(drawing)).flatten();
  if (orientation === 6) image = sharp(await image.png().toBuffer()).rotate(-90);
  if (orientation !== undefined) {
    image = image.withExif({ IFD0: { Make: 'Test', Model: 'Phone', Artist: 'A shopper' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1' } });
    image = image.withMetadata({ orientation });
  }
  return image[format]({ quality: 90 }).toBuffer();
}
