// Pictures made here: a person of simple shapes before a wall, a red shirt on white.
import sharp from 'sharp';

const svg = (width: number, height: number, shapes: string) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 800 1200">${shapes}</svg>`);

const PERSON = `
  <rect width="800" height="1200" fill="#c9cfd4"/>
  <ellipse cx="400" cy="210" rx="95" ry="125" fill="#c98f6b"/>
  <path d="M300 190 Q400 20 500 190 Q480 120 400 115 Q320 120 300 190" fill="#3b2a22"/>
  <rect x="360" y="310" width="80" height="80" fill="#c08560"/>
  <path d="M230 390 Q400 350 570 390 L640 760 L570 780 L540 560 L540 800 L260 800 L260 560 L230 780 L160 760 Z" fill="#5b7a99"/>
  <rect x="265" y="795" width="125" height="400" fill="#33404d"/><rect x="410" y="795" width="125" height="400" fill="#33404d"/>`;

const SHIRT = `
  <rect width="800" height="1200" fill="#fdfdfc"/>
  <path d="M250 250 Q400 330 550 250 L720 400 L640 520 L570 460 L570 950 L230 950 L230 460 L160 520 L80 400 Z" fill="#b8232f"/>
  <path d="M230 620 h340 M230 720 h340" stroke="#f4e9dc" stroke-width="26"/>`;

/** A person, a JPEG of that size. */
export const person = (width = 1000, height = 1500): Promise<Buffer> =>
  sharp(svg(width, height, PERSON)).jpeg({ quality: 92 }).toBuffer();

/** A flat-lay shirt on near-white, a JPEG. */
export const shirt = (): Promise<Buffer> => sharp(svg(800, 1200, SHIRT)).jpeg({ quality: 92 }).toBuffer();

export const dataUrl = (type: string, bytes: Uint8Array): string =>
  `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
