// The signal: a jump with noise, an example of the book, and the points that a reader drew over it.
"use strict";
(() => {
  const jump = (window.play.jump ??= {});
  const STEP = 0.01; // drawn points are kept to a hundredth, so that an address holds exactly what is shown

  // Uniform numbers in (0, 1), the same for the same seed (mulberry32).
  function uniform(seed) {
    let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
    };
  }

  // Normal numbers with standard deviation 1 (Box and Muller).
  jump.noise = (seed, count) => {
    const next = uniform(seed);
    const found = new Float64Array(count + (count % 2));
    for (let k = 0; k < count; k += 2) {
      const radius = Math.sqrt(-2 * Math.log(next()));
      const angle = 2 * Math.PI * next();
      found[k] = radius * Math.cos(angle);
      found[k + 1] = radius * Math.sin(angle);
    }
    return found.subarray(0, count);
  };

  // 0 before the jump; from its position on, the height, reached in so many points.
  jump.level = (place, { jump: at, height, rise }) => height * Math.max(0, Math.min(1, (place - at + 1) / rise));

  // The signal of a state, in single precision, as the networks take it. example: the points of one, or null.
  jump.signal = (state, length, example) => {
    const noise = example ? null : jump.noise(state.draw, length);
    const made = Float32Array.from({ length }, (_, k) =>
      example ? example[k] : jump.level(k + 1, state) + state.noise * noise[k]);
    for (const [k, value] of state.drawn) made[k] = value;
    return made;
  };

  jump.rounded = (value) => Math.round(Math.max(-300, Math.min(300, value)) / STEP) * STEP;

  // Drawn points as text for an address: for each the place and two bytes of its value, in base64 for addresses.
  jump.encode = (drawn) => {
    const bytes = [...drawn].sort(([a], [b]) => a - b).flatMap(([k, value]) => {
      const whole = Math.round(value / STEP) & 0xffff;
      return [k, whole >> 8, whole & 0xff];
    });
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  // The drawn points of a text; null if it is none of these.
  jump.decode = (text, length) => {
    if (!/^[\w-]*$/.test(text) || text.length % 4) return null;
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    const drawn = new Map();
    for (let from = 0; from < bytes.length; from += 3) {
      if (bytes[from] >= length) return null;
      const whole = (bytes[from + 1] << 8) | bytes[from + 2];
      drawn.set(bytes[from], (whole > 0x7fff ? whole - 0x10000 : whole) * STEP);
    }
    return drawn;
  };
})();
