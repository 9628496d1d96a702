// A cable-knit jumper with a crew neck, sleeves laid along the body.
import { mirrorPath } from "./cloth.mjs";
import { cableKnit, plain, ribbed } from "./fabrics.mjs";
import { across, falling, mirroredFolds, radiating } from "./folds.mjs";

const SLEEVE = "M330 302 C246 352 206 470 178 640 C152 800 128 960 116 1120 Q176 1152 240 1140 C262 980 290 820 326 660 C352 540 352 400 340 306Z";
const CUFF = "M122 1098 C116 1140 114 1180 116 1214 Q172 1240 228 1230 C232 1200 236 1160 238 1122 Q176 1130 122 1098Z";

export function jumper({ colour, label, seed }) {
  const body = cableKnit(colour, [432, 600, 768]);
  const sleeveCloth = (middle) => cableKnit(colour, [middle]);
  const rib = { fabric: ribbed(colour, 13, 2.6), roll: 1, drape: 2, crumple: 0 };
  const sleeve = [
    ...radiating({ at: [322, 620], angles: [190, 262], count: 4, length: 190, wide: 22, high: 11, seed: seed + 1 }),
    ...across({ from: [250, 700], to: [190, 1060], count: 8, reach: 56, wide: 20, high: 7, seed: seed + 2 }),
  ];
  const bodyFolds = [
    ...radiating({ at: [322, 630], angles: [-48, 46], count: 5, length: 290, wide: 28, high: 12, seed: seed + 3 }),
    ...mirroredFolds(radiating({ at: [322, 630], angles: [-48, 46], count: 5, length: 270, wide: 28, high: 12, seed: seed + 4 })),
    ...falling({ top: [370, 720, 830], bottom: [350, 1180, 850], count: 6, wide: 34, high: 9, seed: seed + 5 }),
  ];
  const knit = { roll: 1.7, drape: 10, crumple: 0 };
  return [
    { path: "M602 246 C560 246 530 238 512 222 L490 238 C512 330 545 372 602 374Z", mirror: true, fabric: body, dim: 0.5, roll: 0.6, drape: 2, crumple: 0 },
    { path: "M602 238 C560 238 530 230 508 210 L494 230 C520 262 556 276 602 276Z", mirror: true, ...rib, round: [600, 200], dim: 0.68, shadow: 0.25 },
    { path: "M562 280 L638 280 L638 318 L562 318Z", fabric: plain(label), dim: 0.8, roll: 0.2, drape: 0.5, crumple: 0, shadow: 0.25 },
    { path: SLEEVE, ...knit, fabric: sleeveCloth(377), angle: 10, folds: sleeve },
    { path: CUFF, ...rib, angle: 3, folds: [], shadow: 0.15 },
    { path: mirrorPath(SLEEVE), ...knit, fabric: sleeveCloth(806), angle: -10, folds: mirroredFolds(sleeve).map((fold) => ({ ...fold, high: fold.high * 0.85 })) },
    { path: mirrorPath(CUFF), ...rib, angle: -3, shadow: 0.15 },
    {
      path: "M602 366 C545 364 510 320 500 238 Q414 262 326 306 C352 420 350 540 318 640 C308 800 304 980 312 1176 Q450 1192 602 1192Z",
      mirror: true, ...knit, fabric: body, folds: bodyFolds, shadow: 0.5,
    },
    { path: "M602 1164 Q450 1164 311 1148 C308 1180 314 1230 324 1262 Q460 1278 602 1278Z", mirror: true, ...rib, shadow: 0.15 },
    { path: "M602 392 C530 390 492 340 480 240 L512 212 C526 292 556 338 602 340Z", mirror: true, ...rib, round: [600, 228], roll: 1.3, shadow: 0.5 },
  ];
}
