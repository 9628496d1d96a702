// What the Worker and its objects say to each other, and what they store: bytes, short ones as a text.
import { describe, expect, test } from 'vitest';

interface Platform {
  said: (bytes: Uint8Array) => unknown;
  heard: (told: unknown) => Uint8Array;
}

const { said, heard } = (await import(new URL('../src/edge/platform.js', import.meta.url).href)) as Platform;

/** Every byte there is, again and again. */
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, at) => at % 256);

describe('what is said', () => {
  test.each([0, 1, 2, 256, 4_096, 4_097, 200_000])('arrives byte for byte: %i bytes', (length) => {
    const bytes = bytesOf(length);
    expect(Buffer.from(heard(said(bytes))).equals(Buffer.from(bytes))).toBe(true);
  });

  test('goes as a text while it is short, and keeps nothing of the memory that it lay in', () => {
    const memory = bytesOf(10_000);
    expect(said(memory.subarray(10, 20))).toBe('\n\v\f\r\x0e\x0f\x10\x11\x12\x13');
    const long = said(memory.subarray(0, 5_000)) as Uint8Array;
    expect(long.buffer.byteLength).toBe(5_000);
  });

  test('is nothing where nothing is said, whatever was heard before', () => {
    heard(said(bytesOf(40)));
    expect(heard(undefined)).toHaveLength(0);
  });
});
