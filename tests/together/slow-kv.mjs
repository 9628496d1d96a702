// A door in front of the bundle: Workers KV takes its time to delete, as it does where it isn't on the same machine.
import { env } from 'cloudflare:workers';
import Gateway from './index.js';

export * from './index.js';

const kv = Object.getPrototypeOf(env.OUTPUTS);
const { delete: forget } = kv;
kv.delete = async function (key) {
  await scheduler.wait(100);
  return forget.call(this, key);
};

export default Gateway;
