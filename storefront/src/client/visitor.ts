// The visitor token: what the gateway counts a shopper's runs by, so that shoppers behind one address don't use up each
// other's. It says nothing of who they are and lasts a day. The page's own storage keeps it; no cookie is set.

const HEADER = 'x-visitor';

/** For pages where storage is switched off, or partitioned away: as long as the page lives. */
const remembered = new Map<string, string>();

/** Where the token of a gateway is kept. Each gateway has its own. */
const place = (gateway: string): string => `try-it-on:visitor:${gateway}`;

/** Puts the token on a request, if there is one. */
export function sendVisitor(gateway: string, request: XMLHttpRequest): void {
  const token = stored(() => localStorage.getItem(place(gateway))) ?? remembered.get(gateway);
  // Storage is anybody's on this origin; a header takes only this much.
  if (token !== undefined && /^[\w-]{1,200}$/.test(token)) request.setRequestHeader(HEADER, token);
}

/** Keeps the token that an answer brought. */
export function keepVisitor(gateway: string, request: XMLHttpRequest): void {
  const token = shownHeader(request, HEADER);
  if (token === undefined) return;
  remembered.set(gateway, token);
  stored(() => localStorage.setItem(place(gateway), token));
}

/** Asking for a header that another origin doesn't show makes the browser complain in the console. */
export function shownHeader(request: XMLHttpRequest, name: string): string | undefined {
  const isShown = request.getAllResponseHeaders().toLowerCase().includes(`${name}:`);
  return (isShown && request.getResponseHeader(name)) || undefined;
}

/** Storage that is switched off throws. */
function stored<T>(use: () => T): T | undefined {
  try {
    return use() ?? undefined;
  } catch {
    return undefined;
  }
}
