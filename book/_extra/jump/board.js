// The board on which the signal stands, under labels of the positions that the methods answer.
"use strict";
(() => {
  const { element, follow, svg, jump } = window.play;
  const LANE = 18; // pixels between two labels of answers, one above the other
  const LETTER = 8; // pixels of a letter of a label
  const percent = (share) => `${(100 * share).toFixed(2)}%`;

  // One label per position, with the symbols of all that answer it; labels that would touch stand in other lanes.
  function showLabels(labels, answers, length) {
    const ends = [];
    const width = labels.clientWidth || 600;
    labels.replaceChildren(...[...answers].sort(([a], [b]) => a - b).map(([position, symbols]) => {
      const label = element("span", {}, `${position}: ${symbols.join(" ")}`);
      const middle = (position - 0.5) / length;
      const half = (0.5 * (LETTER * label.textContent.length + 14)) / width;
      let lane = ends.findIndex((end) => end < middle - half);
      if (lane < 0) lane = ends.length;
      ends[lane] = middle + half;
      label.style.left = percent(Math.max(half, Math.min(1 - half, middle)));
      label.style.top = `${lane * LANE}px`;
      return label;
    }));
    labels.style.height = `${Math.max(1, ends.length) * LANE}px`;
  }

  function showScale(scale, [low, high]) {
    const step = high - low > 24 ? 10 : high - low > 14 ? 4 : 2;
    const ticks = [];
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) ticks.push(value);
    scale.replaceChildren(...ticks.map((value) => {
      const tick = element("span", {}, `${value}`);
      tick.style.top = percent((high - value) / (high - low));
      return tick;
    }));
  }

  const upright = (name, x, height) => svg("line", { class: name, x1: x, x2: x, y1: 0, y2: height });

  function parts(length) {
    const path = (name) => svg("path", { class: name });
    const made = { zero: svg("line", { class: "zero", x1: 0, x2: length }), marks: svg("g"), line: path("signal"),
      dots: path("dots"), own: path("own dots"), cursor: upright("cursor", 0, 0) };
    made.picture = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, ...Object.values(made));
    made.field = element("div", { className: "field", tabIndex: 0, role: "slider" }, made.picture);
    const label = `The signal of ${length} points. Left and right choose a point, up and down move it.`;
    const said = { "aria-label": label, "aria-valuemin": 1, "aria-valuemax": length };
    for (const [name, value] of Object.entries(said)) made.field.setAttribute(name, value);
    made.handle = element("div", { className: "handle", title: "Drag the jump" });
    made.labels = element("div", { className: "labels", ariaHidden: "true" });
    made.scale = element("div", { className: "scale", ariaHidden: "true" });
    return made;
  }

  // length: of the signal; drawn: called with [[place, value], ...] that a reader drew; moved: with a jump position.
  jump.board = (body, { length, drawn, moved }) => {
    const { zero, marks, line, dots, own, cursor, picture, field, handle, labels, scale } = parts(length);
    body.append(labels, field, scale, handle);
    let signal = new Float32Array(length);
    let bounds = [-4, 7];
    let at = Math.floor(length / 2); // the point that the keys move

    function choose(place) {
      at = place;
      field.setAttribute("aria-valuenow", at + 1);
      field.setAttribute("aria-valuetext", `point ${at + 1}: ${signal[at].toFixed(2)}`);
      for (const end of ["x1", "x2"]) cursor.setAttribute(end, at + 0.5);
      cursor.setAttribute("y2", bounds[1] - bounds[0]);
    }
    const busy = jump.strokes(field, { length, bounds: () => bounds, drawn, chosen: choose });
    jump.keys(field, { length, at: () => [at, signal[at]], drawn, chosen: choose });
    field.addEventListener("focus", () => cursor.classList.toggle("shown", field.matches(":focus-visible")));
    field.addEventListener("blur", () => cursor.classList.remove("shown"));
    const drag = (event) => moved(jump.placeOf(event, field, length, bounds)[0] + 1);
    follow(handle, { start: () => {}, move: drag });

    // own: the places that a reader drew; answers: [{symbol, position}]; truth: the jump position that is set.
    function show(now, { ownPlaces, answers, truth }) {
      signal = now;
      if (!busy()) { // the scale does not move under a pointer that draws
        const extreme = (most, start) => signal.reduce((a, b) => most(a, b), start);
        bounds = [Math.floor(extreme(Math.min, -4)), Math.ceil(extreme(Math.max, 7))];
      }
      const [low, high] = bounds;
      const down = (value) => (high - value).toFixed(3);
      const points = (places) => places.map((k) => `M${k + 0.5} ${down(signal[k])}h0`).join("");
      picture.setAttribute("viewBox", `0 0 ${length} ${high - low}`);
      for (const end of ["y1", "y2"]) zero.setAttribute(end, high);
      line.setAttribute("d", `M${Array.from(signal, (value, k) => `${k + 0.5} ${down(value)}`).join("L")}`);
      dots.setAttribute("d", points([...signal.keys()].filter((k) => !ownPlaces.has(k))));
      own.setAttribute("d", points([...ownPlaces.keys()]));
      showScale(scale, bounds);
      const found = new Map();
      for (const { symbol, position } of answers) found.set(position, [...(found.get(position) ?? []), symbol]);
      showLabels(labels, found, length);
      marks.replaceChildren(upright("truth", truth - 0.5, high - low),
        ...[...found.keys()].map((position) => upright("answer", position - 0.5, high - low)));
      handle.style.left = percent((truth - 0.5) / length);
      choose(at);
    }
    return { show };
  };
})();
