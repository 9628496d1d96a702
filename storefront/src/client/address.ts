// Addresses: the gateway's routes under any base, and which pictures the world can read.

/** The absolute address of a gateway route. `gateway` may be an origin, a path prefix or empty. */
export function route(gateway: string, path: string): string {
  return new URL(gateway.replace(/\/+$/, '') + path, document.baseURI).href;
}

/** True if FASHN's servers could read the address: https and a public name. */
export function isPublicAddress(address: string): boolean {
  const url = parseAddress(address, document.baseURI);
  if (url?.protocol !== 'https:') return false;
  const host = url.hostname;
  return host.includes('.') && !/^[\d.]+$|^\[|\.(local|localhost|internal|test)$/.test(host);
}

/** `new URL` without the exception. (`URL.parse` is too new for the phones that shoppers carry.) */
export function parseAddress(address: string, base: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}
