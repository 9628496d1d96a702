// A denim jacket, buttoned up, sleeves laid along the body.
import { mirrorPath, mirrored } from "./cloth.mjs";
import { denim, plain } from "./fabrics.mjs";
import { across, falling, mirroredFolds, radiating } from "./folds.mjs";
import { both, stroke, twin, unbroken } from "./strokes.mjs";

const SLEEVE = "M322 318 C236 366 196 480 168 650 C142 810 124 960 112 1108 Q172 1140 238 1130 C262 980 290 820 330 664 C356 540 352 410 336 322Z";
const CUFF = "M112 1096 L102 1196 Q160 1224 226 1214 L238 1116 Q174 1124 112 1096Z";
const COLLAR = "M502 214 C484 226 452 262 428 330 Q470 384 532 424 Q574 376 602 338 C560 316 524 276 502 214Z";
const FLAP = "M384 486 L534 494 L532 540 L460 574 L384 534Z";
const DASH = "6 2.6";

/** A shank button: a domed disc with a rim. */
const button = (x, y, radius = 13) => `M${x - radius} ${y} A${radius} ${radius} 0 1 0 ${x + radius} ${y} A${radius} ${radius} 0 1 0 ${x - radius} ${y}Z`;

export function denimJacket({ colour, worn, thread, seed }) {
  const fabric = denim(colour, worn);
  const cloth = { fabric, thread, roll: 1.15, drape: 8, crumple: 0.45 };
  const metal = { fabric: plain("#b58a55"), roll: 1.1, drape: 0, crumple: 0, shadow: 0.6 };
  const sewn = (content) => ({ stitches: content, seams: unbroken(content) });
  const sleeve = [
    ...radiating({ at: [324, 640], angles: [186, 264], count: 5, length: 200, wide: 17, high: 12, seed: seed + 1 }),
    ...across({ from: [252, 690], to: [214, 880], count: 8, reach: 64, wide: 13, high: 10, seed: seed + 2 }),
    ...across({ from: [200, 960], to: [180, 1090], count: 6, reach: 56, wide: 12, high: 8, seed: seed + 3 }),
  ];
  const front = [
    ...radiating({ at: [326, 640], angles: [-40, 50], count: 6, length: 230, wide: 18, high: 11, seed: seed + 4 }),
    ...mirroredFolds(radiating({ at: [326, 640], angles: [-40, 50], count: 6, length: 230, wide: 18, high: 11, seed: seed + 5 })),
    ...falling({ top: [370, 660, 830], bottom: [360, 1120, 840], count: 9, wide: 24, high: 8, seed: seed + 6 }),
  ];
  const lines = both(
    twin("M344 470 Q470 486 602 488", 7, 1.7, DASH)
      + stroke("M404 560 L452 1118", 1.7, DASH) + stroke("M412 560 L460 1118", 1.7, DASH)
      + stroke("M516 560 L490 1118", 1.7, DASH) + stroke("M508 560 L482 1118", 1.7, DASH)
      + stroke("M338 330 C362 420 364 550 330 662", 1.7, DASH),
  );
  const sleeveLine = stroke("M300 350 C246 470 214 760 190 1110", 1.6, DASH) + stroke("M308 352 C254 472 222 762 198 1110", 1.6, DASH);
  const cuffLine = stroke("M120 1112 Q174 1134 232 1126", 1.6, DASH) + stroke("M112 1190 Q166 1212 222 1204", 1.6, DASH);
  const flapLine = stroke("M390 492 L390 530 L460 566 L526 536 L528 500", 1.6, DASH);
  const placketLine = stroke("M576 350 L576 1120", 1.7, DASH) + stroke("M624 350 L624 1120", 1.7, DASH);
  const bandLine = both(stroke("M330 1124 Q460 1138 602 1138", 1.7, DASH) + stroke("M332 1192 Q460 1206 602 1206", 1.7, DASH));
  const collarLine = stroke("M440 330 Q478 374 530 410 Q566 370 590 338", 1.6, DASH);
  const flap = { ...cloth, crumple: 0.3, drape: 2, shadow: 0.55 };
  return [
    { path: "M602 232 C560 232 530 224 506 206 L484 232 C512 320 556 350 602 352Z", mirror: true, ...cloth, dim: 0.5, drape: 2, crumple: 0.3 },
    { path: "M560 252 L640 252 L640 292 L560 292Z", fabric: plain("#7a4a2b"), dim: 0.75, roll: 0.25, drape: 0.5, crumple: 0, shadow: 0.3 },
    { path: SLEEVE, ...cloth, angle: 10, folds: sleeve, ...sewn(sleeveLine) },
    { path: CUFF, ...cloth, angle: 98, drape: 2, crumple: 0.4, shadow: 0.45, ...sewn(cuffLine) },
    { path: mirrorPath(SLEEVE), ...cloth, angle: -10, folds: mirroredFolds(sleeve).map((fold) => ({ ...fold, high: fold.high * 0.88 })), ...sewn(mirrored(sleeveLine)) },
    { path: mirrorPath(CUFF), ...cloth, angle: 82, drape: 2, crumple: 0.4, shadow: 0.45, ...sewn(mirrored(cuffLine)) },
    {
      path: "M602 350 C560 330 522 290 500 226 Q410 262 320 318 C352 410 356 540 322 660 C312 800 312 960 322 1130 Q460 1146 602 1146Z",
      mirror: true, ...cloth, folds: front, ...sewn(lines), shadow: 0.45,
    },
    { path: FLAP, ...flap, ...sewn(flapLine) },
    { path: mirrorPath(FLAP), ...flap, ...sewn(mirrored(flapLine)) },
    { path: "M570 340 L630 340 L630 1130 L570 1130Z", ...cloth, drape: 2, crumple: 0.4, roll: 0.8, shadow: 0.4, ...sewn(placketLine) },
    { path: "M602 1116 Q460 1116 318 1102 L322 1206 Q460 1222 602 1222Z", mirror: true, ...cloth, angle: 90, drape: 2, crumple: 0.4, shadow: 0.45, ...sewn(bandLine) },
    { path: COLLAR, ...cloth, angle: -35, drape: 3, crumple: 0.4, shadow: 0.65, ...sewn(collarLine) },
    { path: mirrorPath(COLLAR), ...cloth, angle: 35, drape: 3, crumple: 0.4, shadow: 0.65, ...sewn(mirrored(collarLine)) },
    ...[430, 560, 690, 820, 950, 1062, 1166].map((y) => ({ path: button(600, y), ...metal })),
    ...[460, 740].map((x) => ({ path: button(x, 546, 9), ...metal })),
    ...[216, 984].map((x) => ({ path: button(x, 1166, 9), ...metal })),
  ];
}
