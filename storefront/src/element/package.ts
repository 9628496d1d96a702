// What the npm package exports of the element; importing it defines nothing.
export { TryItOnElement } from './element.ts';
