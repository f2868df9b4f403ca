// How a signal is drawn: by strokes of a pointer, and point by point with the arrow keys.
"use strict";
(() => {
  const { follow, jump } = window.play;
  const within = (share) => Math.max(0, Math.min(1, share));

  // The place under a pointer, counted from 0, and the value there; bounds: the lowest and highest value of the field.
  jump.placeOf = (event, field, length, [low, high]) => {
    const box = field.getBoundingClientRect();
    const place = Math.min(length - 1, Math.floor(within((event.clientX - box.left) / box.width) * length));
    return [place, high - within((event.clientY - box.top) / box.height) * (high - low)];
  };

  // Points on the way from one place to another, without the first, so that a quick stroke leaves no gap.
  function between([from, start], [place, value]) {
    const steps = Math.max(1, Math.abs(place - from));
    return Array.from({ length: steps }, (_, k) => {
      const share = (k + 1) / steps;
      return [Math.round(from + share * (place - from)), jump.rounded(start + share * (value - start))];
    });
  }

  // bounds: gives those of the field; drawn: called with [[place, value], ...]; chosen: with the place that is at hand.
  // Returns a function that says whether a stroke is being drawn.
  jump.strokes = (field, { length, bounds, drawn, chosen }) => {
    let last = null;

    function stroke(event) {
      const to = jump.placeOf(event, field, length, bounds());
      const points = between(last ?? to, to);
      last = to;
      chosen(to[0]);
      drawn(points);
    }
    return follow(field, { start: stroke, move: stroke, end: () => (last = null) });
  };

  // at: gives the place that is at hand, and its value; the rest as for strokes.
  jump.keys = (field, { length, at, drawn, chosen }) => {
    field.addEventListener("keydown", (event) => {
      const big = event.shiftKey ? 10 : 1;
      const aside = { ArrowLeft: -big, ArrowRight: big, Home: -length, End: length }[event.key];
      const up = { ArrowUp: 0.1 * big, ArrowDown: -0.1 * big, PageUp: 1, PageDown: -1 }[event.key];
      if (aside === undefined && up === undefined) return;
      event.preventDefault();
      const [place, value] = at();
      if (aside !== undefined) chosen(Math.max(0, Math.min(length - 1, place + aside)));
      else drawn([[place, jump.rounded(value + up)]]);
    });
  };
})();
