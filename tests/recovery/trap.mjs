// A door in front of the bundle: it lets a call from wasm end as a trap does, or throw where wasm takes no error: with its
// frames gone and its memory as it was left. The bundle is as it ships.
import Gateway from './index.js';

export * from './index.js';

/** Where, and at which call from now on. */
let trap = { where: '', calls: 0, isTrap: true };

function pass(where) {
  if (trap.where !== where) return;
  trap.calls -= 1;
  if (trap.calls > 0) return;
  const error = trap.isTrap ? new WebAssembly.RuntimeError('unreachable') : new TypeError('not today');
  trap = { where: '', calls: 0, isTrap: true };
  throw error;
}

// While something is promised, by the Worker or an object; and when the promise is kept, after something came.
const withResolvers = Promise.withResolvers.bind(Promise);
Promise.withResolvers = () => {
  pass('promise');
  const { promise, resolve, reject } = withResolvers();
  const keep = (value) => {
    pass('end');
    resolve(value);
  };
  return { promise, resolve: keep, reject };
};

const { now } = Date;
Date.now = () => {
  pass('clock');
  return now();
};

export default {
  fetch(request, ...rest) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/v1/trap') return Gateway.fetch(request, ...rest);
    const met = trap.where === '';
    trap = { where: searchParams.get('in') ?? '', calls: Number(searchParams.get('call')), isTrap: !searchParams.has('throws') };
    return Response.json({ met });
  },
};
