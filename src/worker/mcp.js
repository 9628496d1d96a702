// `POST /mcp`, for staff: the Model Context Protocol over HTTP (revision 2025-06-18), so that an
// agent can ask for a price, make a run and look it up. Each tool is one request to the gateway's own
// routes, with the caller's token and nothing else of the caller's, and answers what they answer.

const REVISIONS = ['2025-06-18', '2025-03-26'];
/** An agent names pictures by their addresses: a message is small. */
const MESSAGE_BYTES_MAX = 1 << 20;
/** As `?wait=` takes them. */
const WAIT_SECONDS_MAX = 25;

const RUN_ARGUMENTS = {
  type: 'object',
  properties: {
    model_name: { type: 'string', description: 'A model of FASHN’s, such as tryon-v1.6.' },
    inputs: {
      type: 'object',
      description: 'The model’s inputs, as /openapi.json has them. Pictures are https addresses.',
    },
  },
  required: ['model_name', 'inputs'],
};

/** Name → what an agent reads, and the request that it becomes. */
const TOOLS = {
  quote: {
    description: 'What a run would cost in credits, and whether it would be admitted now. Spends nothing.',
    inputSchema: RUN_ARGUMENTS,
    annotations: { readOnlyHint: true },
    request: (run) => ['POST', '/v1/quote', run],
  },
  run: {
    description: 'Makes a picture. Spends credits. Answers an id for the tool status.',
    inputSchema: RUN_ARGUMENTS,
    annotations: { readOnlyHint: false, destructiveHint: false },
    request: (run) => ['POST', '/v1/run', run],
  },
  status: {
    description: 'What became of a run: its status, and the addresses of its pictures once it is completed.',
    inputSchema: {
      type: 'object',
      properties: {
        id: { type: 'string', description: 'As the tool run answered it.' },
        wait: {
          type: 'integer',
          minimum: 0,
          maximum: WAIT_SECONDS_MAX,
          description: 'Seconds to wait for news.',
        },
      },
      required: ['id'],
    },
    annotations: { readOnlyHint: true },
    request: ({ id, wait = 0 }) => [
      'GET',
      `/v1/status/${encodeURIComponent(id)}${wait > 0 ? `?wait=${Math.min(wait, WAIT_SECONDS_MAX)}` : ''}`,
    ],
  },
};

/** Numbers of JSON-RPC. */
const PARSE = -32700;
const INVALID_REQUEST = -32600;
const UNKNOWN_METHOD = -32601;
const INVALID_PARAMS = -32602;

class RpcError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Answers a message; `route` answers a request to the gateway's own routes. */
export async function mcp(request, route) {
  const ask = asCaller(request, route);
  // The routes know staff: a price of nothing is refused as incomplete, and only to staff.
  const known = await ask('POST', '/v1/quote', {});
  if (known.status !== 400) return known;
  if (request.method !== 'POST') {
    return new Response(null, { status: 405, headers: { allow: 'POST' } });
  }
  let id = null;
  try {
    const message = await read(request);
    id = message.id ?? null;
    // A notification, or an answer to nothing that was asked.
    if (message.id === undefined || message.method === undefined) return new Response(null, { status: 202 });
    return reply({ id, result: await answered(message, ask) });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { code, message } = error;
    return reply({ id, error: { code, message } }, code === PARSE || code === INVALID_REQUEST ? 400 : 200);
  }
}

const reply = (message, status = 200) =>
  Response.json({ jsonrpc: '2.0', ...message }, { status, headers: { 'cache-control': 'no-store' } });

function asCaller({ url, headers }, route) {
  const authorization = headers.get('authorization');
  return (method, path, body) =>
    route(
      new Request(new URL(path, url), {
        method,
        headers: {
          ...(authorization === null ? {} : { authorization }),
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
}

async function read(request) {
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  if (!(length <= MESSAGE_BYTES_MAX)) {
    throw new RpcError(INVALID_REQUEST, `A message declares its length, and has at most ${MESSAGE_BYTES_MAX} bytes.`);
  }
  let message;
  try {
    message = await request.json();
  } catch {
    throw new RpcError(PARSE, 'The message is no JSON.');
  }
  if (message?.jsonrpc !== '2.0') throw new RpcError(INVALID_REQUEST, 'The message is not one of JSON-RPC 2.0.');
  return message;
}

async function answered({ method, params: given }, ask) {
  const params = named(given, 'params');
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: REVISIONS.includes(params.protocolVersion) ? params.protocolVersion : REVISIONS[0],
        capabilities: { tools: {} },
        serverInfo: { name: 'fitting-room', title: 'Fitting Room', version: '1' },
        instructions: 'Virtual try-on. Ask quote for the price, run once, then status until it is completed or failed.',
      };
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: Object.entries(TOOLS).map(([name, { request: _, ...tool }]) => ({ name, ...tool })) };
    case 'tools/call':
      return called(params, ask);
    default:
      throw new RpcError(UNKNOWN_METHOD, `There is no method ${method}.`);
  }
}

/** Values by name; what is left out, or null, has none. */
function named(value, what) {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw new RpcError(INVALID_PARAMS, `${what} must be an object.`);
}

async function called({ name, arguments: sent }, ask) {
  const given = named(sent, 'arguments');
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool === undefined) throw new RpcError(INVALID_PARAMS, `There is no tool ${name}.`);
  const missing = tool.inputSchema.required.find((field) => given[field] === undefined);
  if (missing !== undefined) throw new RpcError(INVALID_PARAMS, `${name} needs ${missing}.`);
  const answer = await ask(...tool.request(given));
  const text = await answer.text();
  const content = [{ type: 'text', text }];
  // A refusal is for the agent to read: which field, and what helps.
  return answer.ok ? { content, structuredContent: JSON.parse(text) } : { content, isError: true };
}
