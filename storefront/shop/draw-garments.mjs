// Draws the demo shop's garments into pictures/. Run by hand after a change: `node storefront/shop/draw-garments.mjs [name ...]`.
// `DRAFT=1` draws at half the fineness, quickly, beside the others as *.draft.jpg.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { renderCloth } from "./draw/cloth.mjs";
import { denimJacket } from "./draw/denim-jacket.mjs";
import { dress } from "./draw/dress.mjs";
import { HEIGHT, WIDTH } from "./draw/field.mjs";
import { jumper } from "./draw/jumper.mjs";
import { tshirt } from "./draw/tshirt.mjs";

const GARMENTS = {
  "tshirt-ink": () => tshirt({ colour: "#2b3a55", thread: [58, 76, 108], seed: 11 }),
  "tshirt-rust": () => tshirt({ colour: "#a8543a", thread: [190, 106, 80], seed: 12 }),
  "tshirt-sage": () => tshirt({ colour: "#8ba083", thread: [165, 184, 156], seed: 13 }),
  "cable-jumper": () => jumper({ colour: "#c39a4a", label: "#2e2a26", seed: 21 }),
  "denim-jacket": () => denimJacket({ colour: "#2c4362", worn: "#7f97b3", thread: [206, 158, 92], seed: 31 }),
  "floral-dress": () => dress({ ground: "#5a1f2e", petals: ["#f1dccb", "#e5a69a", "#f4ead8"], heart: "#d99a3c", leaf: "#6f8a68", seed: 41 }),
};

/** A product grid stays quick on a phone. */
const MAX_BYTES = 250_000;

const draft = process.env.DRAFT === "1";
const wanted = process.argv.slice(2);
for (const [name, pieces] of Object.entries(GARMENTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { data, width, height } = await renderCloth(pieces(), draft ? 1 : 2);
  const file = fileURLToPath(new URL(`pictures/${name}${draft ? ".draft" : ""}.jpg`, import.meta.url));
  const picture = sharp(data, { raw: { width, height, channels: 3 } }).resize(WIDTH, HEIGHT, { kernel: "lanczos3" });
  for (let quality = 86; ; quality -= 4) {
    const jpeg = await picture.clone().jpeg({ quality, mozjpeg: true }).toBuffer();
    if (jpeg.length > MAX_BYTES && quality > 60) continue;
    await writeFile(file, jpeg);
    console.log(`${name}: ${jpeg.length} bytes at quality ${quality}`);
    break;
  }
}
