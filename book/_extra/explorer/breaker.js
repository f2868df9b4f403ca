// The fewest flipped pixels that change an answer: all single pixels are tried, then all pairs.
"use strict";
(() => {
  const { fragments, indexOfMost } = window.play;
  const { SIDE } = fragments;
  const PIXELS = SIDE * SIDE;
  const SLICE = 12; // milliseconds of work between two frames

  function* sets() {
    for (let a = 0; a < PIXELS; a++) yield [a];
    yield null; // the single pixels are done
    for (let a = 0; a < PIXELS; a++) for (let b = a + 1; b < PIXELS; b++) yield [a, b];
  }

  // image: where the search begins; answer: probabilities for an image; fair: a digit that has to stay the single
  // nearest of the ten, or null. Resolves to {flips, answer, probability, found, tried}: the set that the network is
  // surest of, how many of its size change the answer, and how many were tried; flips is null if none does.
  // stopped: says whether nobody waits for it any longer; then it resolves to null.
  fragments.search = async (image, { answer, fair, stopped = () => false }) => {
    const now = [...image];
    const before = indexOfMost(answer(now));
    const result = { flips: null, before, answer: null, probability: 0, found: 0, tried: 0 };
    let frame = performance.now();
    for (const flips of sets()) {
      if (flips === null) {
        if (result.flips) return result;
        continue;
      }
      for (const k of flips) now[k] = 1 - now[k];
      result.tried++;
      if (fair === null || isNearest(now, fair)) {
        const probabilities = answer(now);
        const best = indexOfMost(probabilities);
        if (best !== before) {
          result.found++;
          if (probabilities[best] > result.probability) {
            Object.assign(result, { flips, answer: best, probability: probabilities[best] });
          }
        }
      }
      for (const k of flips) now[k] = 1 - now[k];
      if (performance.now() - frame > SLICE) {
        await new Promise((next) => setTimeout(next));
        if (stopped()) return null;
        frame = performance.now();
      }
    }
    return result;
  };

  function isNearest(image, digit) {
    const { digits } = fragments.nearest(image);
    return digits.length === 1 && digits[0] === digit;
  }

  // The result in words.
  fragments.searched = ({ flips, before, answer, probability, found, tried }, fair) => {
    const cost = `${tried.toLocaleString("en-GB")} images were tried`;
    const kind = fair === null ? "" : ` and leave the ${fair} the nearest digit`;
    if (!flips) {
      const lacks = fair === null ? "exists" : `leaves the ${fair} the nearest digit`;
      return `None: no flip of one or two pixels that would change the ${before} ${lacks}; ${cost}.`;
    }
    const names = flips.map((k) => fragments.pixelName(k)).join(" and ");
    const others = found === 1 ? "the only one" : `one of ${found}`;
    const enough = flips.length === 1 ? "One pixel is enough" : "No single pixel is enough; two are";
    return `${enough}: ${names} (${others} that change the answer${kind}). `
      + `The network then says ${answer}, with probability ${probability.toFixed(3)}, instead of ${before}; ${cost}.`;
  };
})();
