// The gateway's routes as a good user of Hono and zod writes them.
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { BODY_BYTES_MOST, PICTURE_BYTES_MOST, type Env } from './env.ts';
import { begins, fromHosts } from './picture.ts';
import { ALLOWED, EXPOSED, NOT_FOUND, PRIVATE, PUBLIC_FOR_30_S, envelope, hinted, listed, lookUp, shopState, submit, tagOf, webhookTicket, type Problem } from './tryon.ts';
import { greet } from './visitor.ts';

export { DispatcherObject } from './dispatcher.ts';
export { PredictionObject } from './prediction.ts';

const DATA_URL = /^data:image\/(jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

const photograph = z
  .string()
  .max(Math.ceil(PICTURE_BYTES_MOST / 3) * 4)
  .regex(DATA_URL, 'must be a JPEG, PNG or WebP as a data URL in base64')
  .refine(isPicture, 'is not the picture that it says it is');

const productOf = (hosts: string[]) =>
  z.string().max(2_048).refine((text) => fromHosts(text, hosts), 'must be the address of a picture on a host that the shop allows');

/** What a shopper may ask of `tryon-v1.6`: keys that are no input's are faults, those beside `inputs` are dropped. */
const runOf = (hosts: string[]) =>
  z.object({
    model_name: z.literal('tryon-v1.6'),
    inputs: z.strictObject({
      model_image: photograph,
      garment_image: productOf(hosts),
      category: z.enum(['auto', 'tops', 'bottoms', 'one-pieces']).optional(),
      segmentation_free: z.boolean().optional(),
      moderation_level: z.enum(['conservative', 'permissive']).optional(),
      garment_photo_type: z.enum(['auto', 'flat-lay', 'model']).optional(),
      mode: z.enum(['performance', 'balanced', 'quality']).optional(),
      seed: z.int().min(0).max(4_294_967_295).optional(),
      num_samples: z.literal(1).optional(),
      output_format: z.enum(['png', 'jpeg']).optional(),
      return_base64: z.boolean().optional(),
    }),
  });

const claim = z.object({ id: z.string().regex(/^[\w-]{1,128}$/), status: z.string() });

/** The settings don't change while an isolate lives. */
let settings: { origins: Set<string>; run: ReturnType<typeof runOf> } | undefined;
const settingsOf = (env: Env) => (settings ??= { origins: new Set(listed(env.ALLOWED_ORIGINS)), run: runOf(listed(env.PRODUCT_HOSTS)) });

type App = { Bindings: Env };
const app = new Hono<App>();
const encoder = new TextEncoder();

const isPrivate = createMiddleware<App>(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(PRIVATE)) c.header(name, value);
  if (c.req.path === '/v1/shop' && c.res.ok) c.header('cache-control', PUBLIC_FOR_30_S);
});

const fromShop = createMiddleware<App>(async (c, next) => {
  if (!settingsOf(c.env).origins.has(c.req.header('origin') ?? '')) {
    return answer(c, { status: 403, error: 'Forbidden', message: 'This page may not ask.' });
  }
  await next();
});

app.use(isPrivate);
app.use(
  cors({
    origin: (origin, c: Context<App>) => (settingsOf(c.env).origins.has(origin) ? origin : null),
    allowMethods: ['GET', 'POST'],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED,
    maxAge: 7_200,
  }),
);

app.get('/healthz', (c) => c.json({ status: 'ok' }));

app.post('/v1/run', fromShop, bodyLimit({ maxSize: BODY_BYTES_MOST, onError: (c) => answer(c, { status: 413, error: 'BadRequest', message: 'The body is too large.' }) }), async (c) => {
  const isForm = c.req.header('content-type')?.startsWith('multipart/form-data') ?? false;
  const read = settingsOf(c.env).run.safeParse(isForm ? await formOf(c) : await jsonOf(c));
  if (!read.success) return faults(c, read.error);
  const visitor = await greet(c.env, c.req.raw.headers);
  const id = await submit(c.env, visitor.name, read.data.inputs.num_samples ?? 1, encoder.encode(JSON.stringify(read.data)));
  if (typeof id !== 'string') return answer(c, id);
  if (visitor.token !== undefined) c.header('x-visitor', visitor.token);
  return c.json({ id, error: null });
});

app.get('/v1/shop', fromShop, async (c) => c.json(await shopState(c.env)));

app.get('/v1/status/:id', async (c) => {
  const prediction = await lookUp(c.env, c.req.param('id'));
  if (!prediction) return answer(c, NOT_FOUND);
  const tag = tagOf(prediction);
  c.header('etag', tag);
  if (prediction.expiresMs === null) c.header('retry-after', '2');
  if (prediction.creditsUsed !== undefined) c.header('x-fashn-credits-used', String(prediction.creditsUsed));
  if (c.req.header('if-none-match') === tag) return c.body(null, 304);
  return c.json(envelope(c.env, prediction));
});

app.post('/webhooks/fashn/:token', async (c) => {
  const ticket = await webhookTicket(c.env, c.req.param('token'));
  if (!ticket) return answer(c, NOT_FOUND);
  const read = claim.safeParse(await jsonOf(c));
  if (!read.success) return faults(c, read.error);
  const problem = await hinted(c.env, ticket, read.data.id);
  return problem ? answer(c, problem) : c.body(null, 204);
});

app.notFound((c) => answer(c, NOT_FOUND));
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  return answer(c, { status: 500, error: 'InternalServerError', message: 'Something went wrong here.' });
});

function isPicture(text: string): boolean {
  const comma = text.indexOf(',');
  return begins(text.slice(comma + 1, comma + 33), text.slice('data:image/'.length, comma - ';base64'.length));
}

async function jsonOf(c: Context<App>): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    throw new HTTPException(400, { res: Response.json({ error: 'BadRequest', message: 'The body is not JSON.' }, { status: 400 }) });
  }
}

/** A form has the model's name and the inputs side by side, pictures as files. */
async function formOf(c: Context<App>): Promise<unknown> {
  const { model_name, ...fields } = await c.req.parseBody();
  const inputs = Object.entries(fields).map(async ([name, value]) => [name, value instanceof File ? await dataUrlOf(value) : value] as const);
  return { model_name, inputs: Object.fromEntries(await Promise.all(inputs)) };
}

/** By its first byte, whatever the form says that it is. */
async function dataUrlOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const type = bytes[0] === 0x89 ? 'png' : bytes[0] === 0xff ? 'jpeg' : 'webp';
  return `data:image/${type};base64,${bytes.toBase64()}`;
}

function faults(c: Context<App>, error: z.ZodError) {
  const errors = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is no input' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
  return answer(c, { status: 400, error: 'BadRequest', message: 'The request has faults.', errors });
}

function answer(c: Context, { status, retryAfter, ...body }: Problem) {
  if (retryAfter !== undefined) c.header('retry-after', retryAfter);
  return c.json(body, status);
}

export default app;
