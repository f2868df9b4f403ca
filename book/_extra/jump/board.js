// The board on which the signal stands: it can be drawn with a pointer, and point by point with the arrow keys.
"use strict";
(() => {
  const { element, svg, jump } = window.play;
  const LANE = 18; // pixels between two labels of answers, one above the other

  // length: of the signal; drawn: called with [[place, value], ...] that a reader drew; moved: with a jump position.
  jump.board = (body, { length, drawn, moved }) => {
    const line = svg("path", { class: "signal" });
    const dots = svg("path", { class: "dots" });
    const own = svg("path", { class: "own dots" });
    const zero = svg("line", { class: "zero", x1: 0, x2: length });
    const cursor = svg("line", { class: "cursor", visibility: "hidden" });
    const marks = svg("g");
    const drawing = [zero, marks, line, dots, own, cursor];
    const picture = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, ...drawing);
    const field = element("div", { className: "field", tabIndex: 0, role: "slider" }, picture);
    const handle = element("div", { className: "handle", title: "Drag the jump" });
    const labels = element("div", { className: "labels", ariaHidden: "true" });
    const scale = element("div", { className: "scale", ariaHidden: "true" });
    body.append(labels, field, scale, handle);
    const keys = "Left and right choose a point, up and down move it.";
    field.setAttribute("aria-label", `The signal of ${length} points. ${keys}`);
    field.setAttribute("aria-valuemin", "1");
    field.setAttribute("aria-valuemax", length);
    let signal = new Float32Array(length);
    let low = -4;
    let high = 7;
    let at = Math.floor(length / 2);
    let last = null; // the point that the pointer drew last, [place, value]

    const down = (value) => high - value;
    const say = () => {
      field.setAttribute("aria-valuenow", at + 1);
      field.setAttribute("aria-valuetext", `point ${at + 1}: ${signal[at].toFixed(2)}`);
      const ends = { x1: at + 0.5, x2: at + 0.5, y1: 0, y2: high - low };
      for (const [name, value] of Object.entries(ends)) cursor.setAttribute(name, value);
    };
    const placeOf = (event) => {
      const box = field.getBoundingClientRect();
      const within = (share) => Math.max(0, Math.min(1, share));
      const place = Math.min(length - 1, Math.floor(within((event.clientX - box.left) / box.width) * length));
      return [place, high - within((event.clientY - box.top) / box.height) * (high - low)];
    };

    // From the last point to this one, so that a quick stroke leaves no gap.
    function stroke([place, value]) {
      const [from, start] = last ?? [place, value];
      const steps = Math.max(1, Math.abs(place - from));
      const points = Array.from({ length: steps }, (_, k) => {
        const share = (k + 1) / steps;
        return [Math.round(from + share * (place - from)), jump.rounded(start + share * (value - start))];
      });
      last = [place, value];
      at = place;
      drawn(points);
    }
    field.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      field.setPointerCapture(event.pointerId);
      last = null;
      stroke(placeOf(event));
    });
    field.addEventListener("pointermove", (event) => {
      if (last && field.hasPointerCapture(event.pointerId)) stroke(placeOf(event));
    });
    field.addEventListener("lostpointercapture", () => (last = null));
    field.addEventListener("keydown", (event) => {
      const big = event.shiftKey ? 10 : 1;
      const aside = { ArrowLeft: -big, ArrowRight: big, Home: -length, End: length }[event.key];
      const up = { ArrowUp: 0.1 * big, ArrowDown: -0.1 * big, PageUp: 1, PageDown: -1 }[event.key];
      if (aside === undefined && up === undefined) return;
      event.preventDefault();
      if (aside !== undefined) at = Math.max(0, Math.min(length - 1, at + aside));
      else drawn([[at, jump.rounded(signal[at] + up)]]);
      say();
    });
    field.addEventListener("focus", () => {
      if (field.matches(":focus-visible")) cursor.setAttribute("visibility", "visible");
    });
    field.addEventListener("blur", () => cursor.setAttribute("visibility", "hidden"));
    handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) moved(placeOf(event)[0] + 1);
    });

    const points = (places) => places.map((k) => `M${k + 0.5} ${down(signal[k]).toFixed(3)}h0`).join("");
    const percent = (share) => `${(100 * share).toFixed(2)}%`;

    function showScale() {
      picture.setAttribute("viewBox", `0 0 ${length} ${high - low}`);
      zero.setAttribute("y1", down(0));
      zero.setAttribute("y2", down(0));
      const step = high - low > 24 ? 10 : high - low > 14 ? 4 : 2;
      const ticks = [];
      for (let value = Math.ceil(low / step) * step; value <= high; value += step) ticks.push(value);
      scale.replaceChildren(...ticks.map((value) => {
        const tick = element("span", {}, `${value}`);
        tick.style.top = percent(down(value) / (high - low));
        return tick;
      }));
    }

    // One label per position, with the symbols of all that answer it; labels that would touch stand in other lanes.
    function showAnswers(answers, truth) {
      const found = new Map();
      for (const { symbol, position } of answers) found.set(position, [...(found.get(position) ?? []), symbol]);
      const ends = [];
      const width = body.clientWidth || 600;
      labels.replaceChildren(...[...found].sort(([a], [b]) => a - b).map(([position, symbols]) => {
        const label = element("span", {}, `${position}: ${symbols.join(" ")}`);
        const middle = (position - 0.5) / length;
        const half = (0.5 * (8 * label.textContent.length + 14)) / width;
        let lane = ends.findIndex((end) => end < middle - half);
        if (lane < 0) lane = ends.length;
        ends[lane] = middle + half;
        label.style.left = percent(Math.max(half, Math.min(1 - half, middle)));
        label.style.top = `${lane * LANE}px`;
        return label;
      }));
      labels.style.height = `${Math.max(1, ends.length) * LANE}px`;
      marks.replaceChildren(
        svg("line", { class: "truth", x1: truth - 0.5, x2: truth - 0.5, y1: 0, y2: high - low }),
        ...[...found.keys()].map((position) =>
          svg("line", { class: "answer", x1: position - 0.5, x2: position - 0.5, y1: 0, y2: high - low })));
      handle.style.left = percent((truth - 0.5) / length);
    }

    // own: the places that a reader drew; answers: [{symbol, position}]; truth: the jump position that is set.
    function show(now, { ownPlaces, answers, truth }) {
      signal = now;
      if (!last) { // the scale does not move under a pointer that draws
        low = Math.min(-4, Math.floor(signal.reduce((least, value) => Math.min(least, value))));
        high = Math.max(7, Math.ceil(signal.reduce((most, value) => Math.max(most, value))));
      }
      showScale();
      line.setAttribute("d", `M${Array.from(signal, (value, k) => `${k + 0.5} ${down(value).toFixed(3)}`).join("L")}`);
      dots.setAttribute("d", points([...signal.keys()].filter((k) => !ownPlaces.has(k))));
      own.setAttribute("d", points([...ownPlaces.keys()]));
      showAnswers(answers, truth);
      say();
    }
    return { show };
  };
})();
