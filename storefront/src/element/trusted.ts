// Trusted Types: one policy for the dialog's templates and the photo worker. A page with a list of policies allows it by
// `trusted-types try-it-on`; where it doesn't, plain strings are tried, which only `require-trusted-types-for` refuses.
import { complain } from './complain.ts';

interface Rules {
  createHTML?: (text: string) => string;
  createScriptURL?: (address: string) => string;
}
interface Policy {
  createHTML(text: string): string;
  createScriptURL(address: string): string;
}
declare const trustedTypes: { createPolicy(name: string, rules: Required<Rules>): Policy } | undefined;

const plain: Policy = { createHTML: (text) => text, createScriptURL: (address) => address };
/** The element and `client.js` share it: a policy's name can be taken once. */
const PLACE = Symbol.for('try-it-on.policy');

export function policy(): Policy {
  const page = globalThis as { [PLACE]?: Policy };
  page[PLACE] ??= create();
  return page[PLACE];
}

function create(): Policy {
  if (typeof trustedTypes === 'undefined') return plain;
  try {
    return trustedTypes.createPolicy('try-it-on', plain);
  } catch {
    complain('the Content-Security-Policy lists Trusted Types policies; add "try-it-on" to its trusted-types.');
    return plain;
  }
}

/** What lit asks for instead of the page's own `trustedTypes` (the build puts it there). */
export const litTrustedTypes = { createPolicy: (): Policy => policy() };
