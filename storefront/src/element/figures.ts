// Small drawings for the dialog: icons, and what a good photo looks like. Drawn in the text's colour.
import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit/html.js';

const icon = (content: SVGTemplateResult): SVGTemplateResult =>
  svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${content}</svg>`;

export const zoomIcon = icon(svg`<circle cx="10.5" cy="10.5" r="6" /><path d="m15 15 5 5M10.5 8v5M8 10.5h5" />`);
export const closeIcon = icon(svg`<path d="m6 6 12 12M18 6 6 18" />`);
export const photoIcon = icon(svg`<path d="M4 5h16v14H4zM4 16l4.5-4.5 3.5 3.5 3-3 5 5" /><circle cx="15.5" cy="9" r="1.5" />`);
export const cameraIcon = icon(svg`<path d="M4 8h3.5L9 5.5h6L16.5 8H20v11H4z" /><circle cx="12" cy="13" r="3.5" />`);
export const modelIcon = icon(svg`<circle cx="12" cy="7" r="3.2" /><path d="M5.5 20c.4-4.5 2.7-7 6.5-7s6.1 2.5 6.5 7" />`);
export const saveIcon = icon(svg`<path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19.5h14" />`);
export const shareIcon = icon(svg`<path d="M12 15V4M7.5 8 12 3.5 16.5 8M6 12H5v8.5h14V12h-1" />`);
export const handleIcon = icon(svg`<path d="m9 7-5 5 5 5M15 7l5 5-5 5" />`);
export const crossIcon = icon(svg`<path d="m7 7 10 10M17 7 7 17" />`);
export const tickIcon = icon(svg`<path d="m5 12.5 4.5 4.5L19 7.5" />`);

const figure = svg`<circle cx="30" cy="19" r="7.5" /><path d="M27 26h6v3.5c5 .6 9 2.3 10.5 6.5L47 56l-4 1.2-4-12.2-.5 11.5 1.5 23.5H20l1.5-23.5L21 45l-4 12.2L13 56l3.5-20C18 31.8 22 30.1 27 29.5z" />`;

/** Where to stand before the camera. */
export const outline = svg`<svg class="outline" viewBox="10 8 40 72" aria-hidden="true">${figure}</svg>`;

export type Example = 'good' | 'cropped' | 'blurred' | 'dark';

/**
 * What a photo of a person should be like: the good one, and three that do badly. The shop's own model is shown where it has
 * one, in each of the four ways, and a drawing otherwise.
 */
export function examplePhoto(kind: Example, model: string | undefined): TemplateResult {
  const picture =
    model === undefined
      ? svg`<rect width="60" height="80" class="ground" /><g class="figure">${figure}</g>`
      : svg`<image href=${model} width="60" height="80" preserveAspectRatio="xMidYMid slice" />`;
  return html`<span class="example ${kind}"><svg viewBox="0 0 60 80" aria-hidden="true"><g>${picture}</g></svg></span>`;
}
