// Whether a JPEG came whole. Browsers decode one that was cut off, and paint what is missing grey.

const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda];

/** True for a JPEG whose end is missing. What is no JPEG is left to the decoder. */
export function isCutJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return false;
  let at = 2;
  while (at < bytes.length) {
    // (1) To the next marker: 0xFF bytes, then its code.
    if (bytes[at] !== 0xff) {
      at += 1;
      continue;
    }
    const code = bytes[at + 1];
    if (code === undefined) return true;
    // (2) Fill bytes, bytes of picture data that look like a marker, and markers without content.
    if (code === 0xff) at += 1;
    else if (code === 0x00 || (code >= 0xd0 && code <= 0xd7) || code === 0x01) at += 2;
    else if (code === EOI) return false;
    else {
      // (3) A segment with a length, such as EXIF with a small picture in it; picture data follows the one called SOS.
      const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
      at += 2 + Math.max(2, length);
      if (code === SOS && at >= bytes.length) return true;
    }
  }
  return true;
}

/** An iPhone's photo in the form that most browsers on computers don't read. */
export function isHeic(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(4, 12));
  return /^ftyp(hei[cxms]|hev[cxms]|mif1|msf1)/.test(text);
}
