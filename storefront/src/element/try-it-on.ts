// Defines <try-it-on>. This is the file that a page loads.
import { TryItOnElement } from './element.ts';

TryItOnElement.define();

export { TryItOnElement };
export type { TryItOnEvents } from './events.ts';
