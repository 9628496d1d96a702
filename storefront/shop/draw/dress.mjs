// A V-neck dress with flutter sleeves, a seam at the waist and a skirt that flares.
import { mirrorPath } from "./cloth.mjs";
import { floral } from "./fabrics.mjs";
import { across, falling, mirroredFolds, radiating } from "./folds.mjs";
import { both, stroke } from "./strokes.mjs";

const SLEEVE = "M398 176 C330 206 280 270 226 372 C236 392 262 402 284 402 C300 420 330 424 350 420 C366 432 386 430 396 420 C420 350 424 260 408 180Z";

export function dress({ ground, petals, heart, leaf, seed }) {
  const print = floral(ground, petals, heart, leaf);
  const cloth = { fabric: print, drape: 7, crumple: 0.35, roll: 1 };
  const sleeve = falling({ top: [352, 236, 414], bottom: [240, 410, 400], count: 7, wide: 13, high: 9, seed: seed + 1 });
  const bodice = [
    ...falling({ top: [440, 470, 760], bottom: [452, 640, 748], count: 13, wide: 9, high: 6, seed: seed + 2 }),
    ...radiating({ at: [410, 418], angles: [-30, 40], count: 4, length: 170, wide: 16, high: 7, seed: seed + 3 }),
    ...mirroredFolds(radiating({ at: [410, 418], angles: [-30, 40], count: 4, length: 160, wide: 16, high: 7, seed: seed + 4 })),
    ...across({ from: [520, 380], to: [500, 560], count: 3, reach: 70, wide: 16, high: 5, seed: seed + 5 }),
  ];
  const skirt = [
    ...falling({ top: [448, 662, 752], bottom: [250, 1440, 950], count: 13, wide: 29, high: 36, seed: seed + 6 }),
    ...falling({ top: [450, 646, 750], bottom: [420, 830, 780], count: 26, wide: 6, high: 6, seed: seed + 7, fade: "end" }),
  ];
  const edge = both(stroke("M496 130 C520 250 560 330 602 392", 1.4));
  return [
    { path: "M602 156 C560 156 530 148 500 130 L486 150 C520 280 560 360 602 420Z", mirror: true, ...cloth, dim: 0.5, drape: 2 },
    { path: SLEEVE, ...cloth, angle: 28, folds: sleeve },
    { path: mirrorPath(SLEEVE), ...cloth, angle: -28, folds: mirroredFolds(sleeve) },
    {
      path: "M602 652 C556 654 500 654 440 648 C444 560 430 480 404 420 C424 350 424 250 396 178 Q440 150 490 124 C516 244 556 330 602 400Z",
      mirror: true, ...cloth, folds: bodice, seams: edge, shadow: 0.35,
    },
    {
      path: "M602 650 C556 652 500 652 441 646 C420 760 300 1060 226 1392 C262 1424 300 1402 338 1420 C380 1442 420 1416 468 1430 C510 1444 556 1424 602 1436Z",
      mirror: true, ...cloth, folds: skirt, roll: 1.1, drape: 6, shadow: 0.3,
    },
    { path: "M602 630 C556 633 500 632 439 626 L441 664 C500 670 556 670 602 668Z", mirror: true, ...cloth, drape: 1, crumple: 0.3, shadow: 0.4, roll: 0.5 },
  ];
}
