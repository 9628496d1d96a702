// A Worker that does nothing: it answers, and hands on what is posted, unread. What workerd itself costs, and its HTTP client.
interface Upstream {
  FASHN_BASE_URL: string;
}

export default {
  fetch(request: Request, { FASHN_BASE_URL }: Upstream) {
    if (request.method !== 'POST') return new Response('ok');
    return fetch(`${FASHN_BASE_URL}/v1/run`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: request.body });
  },
};
