// A row of bars, one for each unit or position, whose values can be read with the pointer and with the arrow keys.
"use strict";
(() => {
  const play = (window.play ??= {});
  const { element, svg } = play;

  // One path for all bars: numbers from 0 to 1 stand on the ground, or on the middle where some are negative.
  function outline(values, most, signed) {
    const ground = signed ? 0.5 : 1;
    const parts = [];
    values.forEach((value, k) => {
      const top = ground - Math.max(-1, Math.min(1, value / most)) * (signed ? 0.5 : 1);
      if (top !== ground) parts.push(`M${k} ${ground}V${top.toFixed(4)}H${k + 1}V${ground}Z`);
    });
    return parts.join("");
  }

  // label: what the strip shows; say: the words for one of its places; told: called with them while one is read.
  play.strip = ({ label, say, told }) => {
    const bars = svg("path", { class: "bars" });
    const cursor = svg("rect", { class: "cursor", y: 0, width: 1, height: 1, visibility: "hidden" });
    const marks = svg("g");
    const picture = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, bars, cursor, marks);
    const body = element("div", { className: "strip", tabIndex: 0, role: "slider" }, picture);
    body.setAttribute("aria-label", label);
    body.setAttribute("aria-readonly", "true");
    body.setAttribute("aria-valuemin", "1");
    let values = [];
    let at = 0;

    function read(place, { shown = true } = {}) {
      at = Math.max(0, Math.min(values.length - 1, place));
      cursor.setAttribute("x", at);
      cursor.setAttribute("visibility", shown ? "visible" : "hidden");
      const words = values.length ? say(at, values[at]) : "";
      body.setAttribute("aria-valuenow", at + 1);
      body.setAttribute("aria-valuetext", words);
      if (shown) told(words);
    }
    const leave = () => {
      if (document.activeElement === body) return;
      cursor.setAttribute("visibility", "hidden");
      told("");
    };
    body.addEventListener("pointermove", (event) => {
      const box = body.getBoundingClientRect();
      read(Math.floor(((event.clientX - box.left) / box.width) * values.length));
    });
    body.addEventListener("pointerleave", leave);
    body.addEventListener("focus", () => body.matches(":focus-visible") && read(at));
    body.addEventListener("blur", leave);
    body.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - 10,
        PageUp: at + 10, Home: 0, End: values.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      read(to);
    });

    // lines: places that are marked, [{at, name}]; a place counts from 0 and may lie between two bars.
    function show(now, { most, lines = [], start = 0, length = now.length } = {}) {
      values = now;
      const signed = now.some((value) => value < 0);
      const reach = most ?? now.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
      picture.setAttribute("viewBox", `${-start} 0 ${length} 1`);
      body.setAttribute("aria-valuemax", now.length);
      bars.setAttribute("d", outline(now, reach || 1, signed));
      marks.replaceChildren(...lines.map(({ at: place, name }) =>
        svg("line", { class: name, x1: place, x2: place, y1: 0, y2: 1 })));
      const reading = cursor.getAttribute("visibility") === "visible";
      read(at, { shown: reading });
    }
    return { body, show };
  };
})();
