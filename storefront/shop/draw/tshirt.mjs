// A crew-neck T-shirt, laid flat.
import { mirrored, mirrorPath } from "./cloth.mjs";
import { jersey, plain, ribbed } from "./fabrics.mjs";
import { across, falling, mirroredFolds, radiating } from "./folds.mjs";
import { both, stroke, unbroken } from "./strokes.mjs";

const SLEEVE = "M300 338 C236 392 152 506 84 618 Q150 672 228 700 C240 662 262 624 288 602 C334 522 332 430 312 342Z";

export function tshirt({ colour, thread, seed }) {
  const cloth = jersey(colour);
  const rib = { fabric: ribbed(colour, 4.6, 0.5), round: [600, 262], roll: 0.55, drape: 0.6, crumple: 0 };
  const hem = both(stroke("M270 1204 Q430 1221 602 1221", 1.5, "5 2.4") + stroke("M270 1211 Q430 1228 602 1228", 1.5, "5 2.4"));
  const cuff = stroke("M96 592 Q160 645 240 672", 1.4, "5 2.4") + stroke("M92 599 Q157 652 237 679", 1.4, "5 2.4");
  const sleeve = [
    ...across({ from: [286, 420], to: [190, 590], count: 5, reach: 60, wide: 17, high: 6, seed: seed + 1 }),
    ...radiating({ at: [280, 592], angles: [190, 268], count: 5, length: 190, wide: 15, high: 8, seed: seed + 2 }),
  ];
  const body = [
    ...radiating({ at: [284, 600], angles: [-38, 52], count: 6, length: 290, wide: 20, high: 13, seed: seed + 3 }),
    ...mirroredFolds(radiating({ at: [284, 600], angles: [-38, 52], count: 6, length: 270, wide: 20, high: 13, seed: seed + 4 })),
    ...falling({ top: [350, 640, 850], bottom: [310, 1240, 890], count: 8, wide: 30, high: 15, seed: seed + 5 }),
    ...radiating({ at: [330, 372], angles: [20, 70], count: 3, length: 260, wide: 26, high: 12, seed: seed + 6 }),
    ...mirroredFolds(radiating({ at: [330, 372], angles: [20, 70], count: 3, length: 260, wide: 26, high: 12, seed: seed + 7 })),
  ];
  const common = { fabric: cloth, thread, drape: 13, crumple: 0.28 };
  return [
    { path: "M602 284 C560 284 532 277 514 260 L494 272 C512 345 545 392 602 394Z", mirror: true, fabric: cloth, dim: 0.6, roll: 0.4, drape: 2 },
    { path: "M602 283 C560 283 530 275 512 258 L503 272 C522 300 556 309 602 309Z", mirror: true, ...rib, dim: 0.72, shadow: 0.25 },
    { path: "M570 312 L630 312 L630 346 L570 346Z", fabric: plain("#e9e4d8"), dim: 0.8, roll: 0.15, drape: 0.5, crumple: 0, shadow: 0.25 },
    { path: SLEEVE, ...common, angle: 35, folds: sleeve, stitches: cuff, seams: unbroken(cuff) },
    { path: mirrorPath(SLEEVE), ...common, angle: -35, folds: mirroredFolds(sleeve.map((f) => ({ ...f, high: f.high * 0.9 }))), stitches: mirrored(cuff), seams: mirrored(unbroken(cuff)) },
    {
      path: "M602 386 C545 386 512 345 498 268 Q398 302 296 343 C326 430 322 520 272 592 C286 800 280 1000 270 1232 Q430 1250 602 1250Z",
      mirror: true, ...common, folds: body, stitches: hem, seams: unbroken(hem), shadow: 0.34,
    },
    { path: "M602 394 C538 394 502 348 488 270 L513 259 C526 322 556 362 602 362Z", mirror: true, ...rib, shadow: 0.55 },
  ];
}
