// What a picture's first bytes and its address say.

const MAGIC: Record<string, (head: string) => boolean> = {
  jpeg: (head) => head.startsWith('\xff\xd8\xff'),
  png: (head) => head.startsWith('\x89PNG\r\n\x1a\n'),
  webp: (head) => head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP',
};

/** Whether base64 data begins as a picture of this type does. */
export function begins(data: string, type: string): boolean {
  return MAGIC[type]?.(atob(data.slice(0, 32))) ?? false;
}

/** A public https address on one of these hosts. */
export function fromHosts(text: string, hosts: string[]): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.username === '' && url.password === '' && url.port === '' && hosts.includes(url.hostname);
}
