// Defines <try-it-on>. This is the file that a page loads.
import { takeUp, TryItOnElement } from './element.ts';

TryItOnElement.define();
if (globalThis.document) takeUp();

export { TryItOnElement };
export type { TryItOnEvents } from './events.ts';
