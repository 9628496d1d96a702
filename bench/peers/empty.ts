// A Worker that does nothing: what workerd itself costs.
export default { fetch: () => new Response('ok') };
