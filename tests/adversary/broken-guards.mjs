// A module in front of the bundle. Its rate limits fail: at once, or later.
import Gateway from './index.js';

export * from './index.js';

const fails = () => {
  throw new Error('broken at once');
};
const broken = {
  VISITOR_RATE: { limit: fails },
  ADDRESS_RATE: { limit: () => Promise.reject(new Error('broken later')) },
  LOOKUP_RATE: { limit: fails },
};

export default {
  fetch: (request, env, ...rest) => Gateway.fetch(request, { ...env, ...broken }, ...rest),
};
