// The part of server-sent events that a status stream uses: `data:` lines, ended by an empty line.
// EventSource itself sends no headers and never ends, so the stream is read from `fetch`.

/** Looks after a stream while it is read: `heard` at each chunk, `done` at the end. */
export interface Guard {
  heard(): void;
  done(): void;
}

/** The data of each event in `body`, in order, until the stream ends, the reader stops, or the guard stops it. */
export async function* eventData(body: ReadableStream<Uint8Array>, guard?: (stop: () => void) => Guard): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  const watching = guard?.(() => void reader.cancel().catch(() => undefined));
  let rest = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      watching?.heard();
      rest += value;
      // A lone CR at the end may be half of a CRLF: leave it for the next chunk.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield data.join('\n');
          data = [];
        } else if (line.startsWith('data:')) {
          data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
        }
      }
    }
  } finally {
    watching?.done();
    await reader.cancel().catch(() => undefined);
  }
}
