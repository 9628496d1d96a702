// fal's own proxy, through its Hono adapter as its documentation shows it.
import { createRouteHandler } from '@fal-ai/server-proxy/hono';
import { Hono } from 'hono';

const app = new Hono();
const proxy = createRouteHandler({ allowUnauthorizedRequests: true, allowedEndpoints: ['fal-ai/fashn/**'] });
app.get('/api/fal/proxy', proxy);
app.post('/api/fal/proxy', proxy);

export default app;
