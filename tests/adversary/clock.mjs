// A module in front of the bundle, with a clock that a test sets ahead: a day passes at once.
import Gateway from './index.js';

export * from './index.js';

const { now } = Date;
let aheadMs = 0;
Date.now = () => now() + aheadMs;

export default {
  fetch(request, ...rest) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/v1/clock') return Gateway.fetch(request, ...rest);
    aheadMs = Number(searchParams.get('ahead_ms'));
    return Response.json({ now_ms: Date.now() });
  },
};
