// The detectors that are not learned, as helpers/studies/jump_detection/detectors.py has them, in its precision.
"use strict";
(() => {
  const jump = (window.play.jump ??= {});
  const single = Math.fround;

  // A Gaussian that is cut to a window and scaled to sum to 1, convolved with [1, -1].
  function gaussianDerivative(points, tau) {
    const half = (points - 1) / 2;
    const raw = Array.from({ length: points }, (_, k) => Math.exp(-((k - half) ** 2) / (2 * tau ** 2)));
    const sum = raw.reduce((a, b) => a + b, 0);
    const smoother = [0, ...raw.map((value) => single(value / sum)), 0];
    return Float32Array.from({ length: points + 1 }, (_, k) => smoother[k + 1] - smoother[k]);
  }

  // Smoothed differences: entry i is the change from point i + 1 to point i + 2, counted from 1. The position is the
  // second of the two points where the change is largest, anywhere in the signal.
  jump.filter = (x, { window: points, tau }) => {
    const taps = gaussianDerivative(points, tau);
    const reach = taps.length / 2;
    const response = new Float64Array(x.length - 1);
    for (let i = 0; i < response.length; i++) {
      for (let k = 0; k < taps.length; k++) {
        const from = i + 1 + k - reach;
        if (from >= 0 && from < x.length) response[i] += taps[taps.length - 1 - k] * x[from];
      }
    }
    return { response, position: 2 + window.play.indexOfMost(response) };
  };

  // The probability of every jump position from first to last, for signals whose jump and noise are known.
  jump.bayes = (x, { first, last, height, noise }) => {
    const [level, spread] = [single(height), single(noise)];
    const density = (value) => single(single(-single(single(value / spread) ** 2) / 2) - single(Math.log(noise)));
    const odds = new Float64Array(x.length + 1); // a jump one point later moves one point from "after" to "before"
    for (let k = 0; k < x.length; k++) {
      odds[k + 1] = odds[k] + single(density(x[k]) - density(single(x[k] - level)));
    }
    const likelihood = odds.subarray(first - 1, last);
    const top = likelihood.reduce((most, value) => Math.max(most, value), -Infinity);
    const total = Math.log(likelihood.reduce((sum, value) => sum + Math.exp(value - top), 0));
    const logarithms = likelihood.map((value) => value - top - total);
    const probability = logarithms.map(Math.exp);
    return { logarithms, probability, position: first + window.play.indexOfMost(probability) };
  };
})();
