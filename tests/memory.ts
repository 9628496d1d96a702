// The memory of the gateway's isolate, in a gateway that was started with `measured`.
import type { Gateway } from './gateway.ts';

/** What the gateway's isolate holds: the heap and the buffers beside it by V8's inspector, and wasm's memory. */
export async function inspector(worker: Gateway) {
  const { href } = await worker.miniflare.getInspectorURL();
  const targets = (await (await fetch(new URL('/json', href.replace(/^ws/, 'http')))).json()) as { id: string; webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(targets.find(({ id }) => id === 'core:user:fitting-room')?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  let next = 0;
  interface Usage { usedSize: number; embedderHeapUsedSize: number; backingStorageSize: number }
  const ask = async (method: string) => {
    const id = (next += 1);
    let answered = false;
    const answer = new Promise<Usage>((resolve) => {
      socket.addEventListener('message', function listen({ data }) {
        const message = JSON.parse(String(data)) as { id?: number; result?: Usage };
        if (message.id !== id || !message.result) return;
        socket.removeEventListener('message', listen);
        answered = true;
        resolve(message.result);
      });
    });
    socket.send(JSON.stringify({ id, method }));
    // An isolate that nobody asks anything doesn't look at what its inspector wants.
    while (!answered) await worker.ask('/healthz');
    return answer;
  };
  return {
    async usage(): Promise<number> {
      const { usedSize, embedderHeapUsedSize, backingStorageSize } = await ask('Runtime.getHeapUsage');
      const { wasmBytes } = (await (await worker.ask('/v1/measured')).json()) as { wasmBytes: number };
      return usedSize + embedderHeapUsedSize + backingStorageSize + wasmBytes;
    },
    collect: () => ask('HeapProfiler.collectGarbage'),
    close: () => socket.close(),
  };
}
