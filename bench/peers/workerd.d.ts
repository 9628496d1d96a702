// What the peers use of workerd beyond the web's own. The whole of its types would clash with the DOM's of the other folders.

declare module 'cloudflare:workers' {
  export abstract class DurableObject<E> {
    constructor(ctx: DurableObjectState, env: E);
    protected ctx: DurableObjectState;
    protected env: E;
  }
}

interface DurableObjectState {
  storage: {
    sql: { exec(query: string, ...values: (string | number | null)[]): Iterable<Record<string, string | number | null>> };
    kv: { get<T>(key: string): T | undefined; put(key: string, value: unknown): void };
    getAlarm(): Promise<number | null>;
    setAlarm(atMs: number): Promise<void>;
    deleteAlarm(): Promise<void>;
    deleteAll(): Promise<void>;
  };
}

/** The methods of an object, called from elsewhere. */
type ObjectStub<T> = { [K in keyof T as T[K] extends (...args: never[]) => Promise<unknown> ? K : never]: T[K] };

interface ObjectNamespace<T> {
  getByName(name: string): ObjectStub<T>;
}

interface Uint8Array {
  toBase64(options?: { alphabet: 'base64url'; omitPadding: boolean }): string;
}

interface Uint8ArrayConstructor {
  fromBase64(text: string, options?: { alphabet: 'base64url' }): Uint8Array<ArrayBuffer>;
}
