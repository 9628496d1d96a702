// What a refusal means for the page's developer: the gateway's own sentence, and the setting that it is about.
import type { TryOnError } from '../client/problems.ts';
import { complain } from './complain.ts';

const BY_FIELD: Readonly<Record<string, string>> = {
  consent: 'See the attribute consent-version.',
  garment_signature: 'See the attribute garment-signature.',
  'inputs.garment_image': 'See the attribute product-image, and the gateway\'s PRODUCT_HOSTS.',
  'inputs.product_image': 'See the attribute product-image, and the gateway\'s PRODUCT_HOSTS.',
  model_name: 'See the attribute model.',
};

/** Refusals that no shopper can do anything about. A photo, a queue or empty credits are none of the page's business. */
export function explain({ code, status, message, fields }: TryOnError): void {
  if (code === 'OriginRefused') return complain(message);
  if (status === undefined || ![400, 401, 403, 404, 405, 415, 422].includes(status)) return;
  if (code === 'Expired' || fields.some(({ path }) => path.endsWith('model_image'))) return;
  const field = fields.map(({ path }) => BY_FIELD[path] ?? `See ${path}.`)[0];
  const origin = code === 'OriginNotAllowed' ? `This page's origin is ${location.origin}.` : undefined;
  const address = code === 'UnexpectedAnswer' || code === 'NotFound' ? 'See the attribute gateway: empty means this page\'s own origin.' : undefined;
  complain(`the gateway answered ${status}: ${message} ${field ?? origin ?? address ?? ''}`.trim());
}
