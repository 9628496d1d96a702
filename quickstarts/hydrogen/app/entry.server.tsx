// Hydrogen's Content-Security-Policy, with what the button needs.
import { createContentSecurityPolicy } from '@shopify/hydrogen';
import { renderToReadableStream } from 'react-dom/server.browser';
import { ServerRouter, type EntryContext } from 'react-router';

const gateway = import.meta.env.VITE_GATEWAY;

export default async function handle(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
) {
  const { nonce, header, NonceProvider } = createContentSecurityPolicy({
    scriptSrc: ["'self'", gateway],
    connectSrc: ["'self'", gateway],
    imgSrc: ["'self'", gateway, 'blob:'],
    workerSrc: ["'self'", 'blob:'],
  });
  const body = await renderToReadableStream(
    <NonceProvider>
      <ServerRouter context={context} url={request.url} nonce={nonce} />
    </NonceProvider>,
    { nonce, signal: request.signal },
  );
  headers.set('content-type', 'text/html');
  headers.set('content-security-policy', header);
  return new Response(body, { headers, status });
}
