// In front of the bundle: lets the next date that the compiled sandbox makes end as a trap does.
// The bundle is as it ships.
import Sandbox from './index.js';

export * from './index.js';

let isSet = false;

globalThis.Date = class extends Date {
  constructor(...args) {
    super(...args);
    if (!isSet) return;
    isSet = false;
    throw new WebAssembly.RuntimeError('unreachable');
  }
};

export default {
  async fetch(request, ...rest) {
    if (new URL(request.url).pathname !== '/trap') return Sandbox.fetch(request, ...rest);
    isSet = true;
    return new Response();
  },
};
