// Lines on cloth, as SVG content: seams pressed in, stitches sewn on.
import { mirrored } from "./cloth.mjs";

/** A line; with `dash` a row of stitches. */
export const stroke = (d, wide, dash) =>
  `<path d="${d}" fill="none" stroke="#fff" stroke-width="${wide}" stroke-linejoin="round"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;

/** Two rows of stitches, `gap` apart downwards. */
export const twin = (d, gap, wide, dash) => stroke(d, wide, dash) + `<g transform="translate(0 ${gap})">${stroke(d, wide, dash)}</g>`;

/** Content and its mirror image. */
export const both = (content) => content + mirrored(content);

/** The seam under a row of stitches. */
export const unbroken = (content) => content.replace(/ stroke-dasharray="[^"]*"/g, "");
