// Says within a picture's file that it was edited by generative AI: IPTC's DigitalSourceType, as XMP. Files with content
// credentials (C2PA) stay byte by byte as they came, because those say it better and are bound to the bytes; so do files
// with XMP of their own, and those of other formats.

// IPTC's word for a photograph that generative AI has edited.
const SOURCE = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';
const PACKET =
  '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
  `<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="${SOURCE}"/>` +
  '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>';
const XMP_IN_JPEG = 'http://ns.adobe.com/xap/1.0/\0';
const XMP_IN_PNG = 'XML:com.adobe.xmp';
const PNG = '\x89PNG\r\n\x1a\n';

/** A part of a file: where its content begins, and where it ends. */
interface Part {
  kind: string;
  body: number;
  end: number;
}

export async function markAsGenerated(blob: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const marked = latin(bytes, 0, 8) === PNG ? inPng(bytes) : bytes[0] === 0xff && bytes[1] === 0xd8 ? inJpeg(bytes) : undefined;
  return marked ? new Blob(marked, { type: blob.type }) : blob;
}

/** Behind the markers that have to be first. */
function inJpeg(bytes: Uint8Array<ArrayBuffer>): BlobPart[] | undefined {
  const parts = [...segments(bytes)];
  const isMarked = parts.some(({ kind, body }) => kind === 'eb' || (kind === 'e1' && latin(bytes, body, XMP_IN_JPEG.length) === XMP_IN_JPEG));
  if (isMarked) return undefined;
  const text = encoded(XMP_IN_JPEG + PACKET);
  const at = parts.findLast(({ kind }) => kind === 'e0' || kind === 'e1')?.end ?? 2;
  const head = new Uint8Array([0xff, 0xe1, (text.length + 2) >> 8, (text.length + 2) & 0xff]);
  return [bytes.subarray(0, at), head, text, bytes.subarray(at)];
}

/** Those before the picture itself. */
function* segments(bytes: Uint8Array): Generator<Part> {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const end = at + 2 + number(bytes, at + 2, 2);
    yield { kind: (bytes[at + 1] ?? 0).toString(16), body: at + 4, end };
    at = end;
  }
}

/** Behind the header. */
function inPng(bytes: Uint8Array<ArrayBuffer>): BlobPart[] | undefined {
  const parts = [...chunks(bytes)];
  const isMarked = parts.some(({ kind, body }) => kind === 'caBX' || (kind === 'iTXt' && latin(bytes, body, XMP_IN_PNG.length) === XMP_IN_PNG));
  const [header] = parts;
  if (isMarked || header?.kind !== 'IHDR') return undefined;
  // Not compressed, no language, no translated keyword.
  const chunk = encoded(`iTXt${XMP_IN_PNG}\0\0\0\0\0${PACKET}`);
  return [bytes.subarray(0, header.end), big(chunk.length - 4), chunk, big(crc32(chunk)), bytes.subarray(header.end)];
}

function* chunks(bytes: Uint8Array): Generator<Part> {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + number(bytes, at, 4);
    yield { kind: latin(bytes, at + 4, 4), body: at + 8, end };
    at = end;
  }
}

const latin = (bytes: Uint8Array, at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
const number = (bytes: Uint8Array, at: number, length: number): number => bytes.subarray(at, at + length).reduce((sum, byte) => sum * 256 + byte, 0);
const encoded = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const big = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
