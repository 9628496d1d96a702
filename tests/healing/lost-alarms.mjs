// A door in front of the bundle: a test sets its clock ahead, has alarms lost, and has an object's storage fail. Alarms that aren't
// lost go off by the same clock.
import Gateway, * as built from './index.js';

export * from './index.js';

const { now } = Date;
const world = { aheadMs: 0, losesAlarms: false, storageFails: false };
Date.now = () => now() + world.aheadMs;

let isPatched = false;
function patch({ storage }) {
  if (isPatched) return;
  isPatched = true;
  const prototype = Object.getPrototypeOf(storage);
  const { setAlarm, transactionSync } = prototype;
  prototype.setAlarm = async function (atMs) {
    if (!world.losesAlarms) return setAlarm.call(this, atMs - world.aheadMs);
  };
  prototype.transactionSync = function (work) {
    if (world.storageFails) throw new Error('no room on the disk');
    return transactionSync.call(this, work);
  };
}

export class AccountObject extends built.AccountObject {
  constructor(ctx, env) {
    patch(ctx);
    super(ctx, env);
  }

  /** What the platform would call at a try. */
  async try(retryCount) {
    world.storageFails = true;
    await this.alarm({ isRetry: retryCount > 0, retryCount }).catch(() => {});
  }

  async alarmIsSet() {
    world.storageFails = false;
    return (await this.ctx.storage.getAlarm()) !== null;
  }
}

export class BodyObject extends built.BodyObject {
  constructor(ctx, env) {
    patch(ctx);
    super(ctx, env);
  }
}

async function told(pathname, body, env) {
  if (pathname === '/v1/world') return Object.assign(world, body);
  const object = () => env.ACCOUNT.getByName(body.account);
  // Where it fails, the object is reset under its caller.
  await object().try(body.retryCount).catch(() => {});
  return { isSet: await object().alarmIsSet() };
}

export default {
  ...Gateway,
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (!['/v1/world', '/v1/try'].includes(pathname)) return Gateway.fetch(request, env, ctx);
    return Response.json(await told(pathname, await request.json(), env));
  },
};
