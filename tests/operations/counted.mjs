// A door in front of the bundle: it counts what the Worker and its objects ask of the platform, as the platform bills it, and
// tells. The bundle is as it ships: what is wrapped are the platform's own classes.
import { env } from 'cloudflare:workers';
import Gateway, * as built from './index.js';

export * from './index.js';

const NOTHING = { worker: 0, objects: 0, rowsRead: 0, rowsWritten: 0, kv: 0, alarmsSet: 0, alarms: 0, upstream: 0 };
const counts = { ...NOTHING };
/** Asked for and not answered yet. */
let pending = 0;

function note(counted) {
  for (const [what, times] of Object.entries(counted)) counts[what] += times;
}

/** What a call comes to; it is under way until it is answered. */
function underWay(answer) {
  pending += 1;
  const done = () => void (pending -= 1);
  Promise.resolve(answer).then(done, done);
  return answer;
}

/** Wraps methods of a platform's class. One that it has and the table hasn't is refused, rather than not counted. */
function count(prototype, table) {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof value !== 'function' || name === 'constructor' || table[name] === null) continue;
    prototype[name] = function (...call) {
      if (!table[name]) throw new Error(`${name} is called, and nobody counts it`);
      return table[name].call(this, value, call);
    };
  }
}

const noting = (times) =>
  function (method, call) {
    note(times(call));
    return underWay(method.apply(this, call));
  };

// An alarm that is set is billed as a row that is written.
const STORAGE = {
  setAlarm: noting(() => ({ rowsWritten: 1, alarmsSet: 1 })),
  deleteAll: noting(() => ({ rowsWritten: 1 })),
  transactionSync: null,
};

const SYNCHRONOUS = {
  get: noting(() => ({ rowsRead: 1 })),
  put: noting(() => ({ rowsWritten: 1 })),
};

/** A cursor knows what its statement read and wrote once its rows were taken, so it is asked later. */
let cursors = [];
const SQL = {
  exec(method, call) {
    const cursor = method.apply(this, call);
    cursors.push(cursor);
    return cursor;
  },
};

function noteCursors() {
  for (const { rowsRead, rowsWritten } of cursors) note({ rowsRead, rowsWritten });
  cursors = [];
}

/** Any method of an object is a request to it; what is called on what it answers is not, as a session is one request. */
function counted(stub) {
  return new Proxy(stub, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function' || typeof name === 'symbol') return value;
      return (...call) => {
        note({ objects: 1 });
        return underWay(target[name](...call));
      };
    },
  });
}

const way = function (method, call) {
  return counted(method.apply(this, call));
};
const OBJECTS = { getByName: way };

const each = noting(() => ({ kv: 1 }));
const KV = { get: each, getWithMetadata: each, put: each, delete: each, list: each };

count(Object.getPrototypeOf(env.ACCOUNT), OBJECTS);
count(Object.getPrototypeOf(env.OUTPUTS), KV);

const { fetch } = globalThis;
globalThis.fetch = (...call) => {
  note({ upstream: 1 });
  return underWay(fetch(...call));
};

let storageIsCounted = false;
function countStorage(storage) {
  if (!storageIsCounted) {
    count(Object.getPrototypeOf(storage), STORAGE);
    count(Object.getPrototypeOf(storage.kv), SYNCHRONOUS);
    count(Object.getPrototypeOf(storage.sql), SQL);
  }
  storageIsCounted = true;
}

function object(Class) {
  const { alarm } = Class.prototype;
  Class.prototype.alarm = function (...call) {
    note({ alarms: 1 });
    return underWay(alarm.apply(this, call));
  };
  return new Proxy(Class, {
    construct(target, init, asked) {
      countStorage(init[0].storage);
      return Reflect.construct(target, init, asked);
    },
  });
}

export const AccountObject = object(built.AccountObject);
export const BodyObject = object(built.BodyObject);

/** `GET` tells, `DELETE` begins anew. */
function door(request) {
  if (new URL(request.url).pathname !== '/v1/counted') return undefined;
  noteCursors();
  if (request.method === 'DELETE') Object.assign(counts, NOTHING);
  return Response.json({ counts, pending });
}

function enter(request, go) {
  const told = door(request);
  if (told) return told;
  note({ worker: 1 });
  return underWay(go());
}

export default { ...Gateway, fetch: (request, env, ctx) => enter(request, () => Gateway.fetch(request, env, ctx)) };
