// All units of a layer as tiles. Only the rows near the window exist, so that ten thousand units scroll like ten. While
// a reader scrolls, rows are made for a few milliseconds a frame: a slow computer fills in later what it missed. While
// the bar is dragged too fast for anyone to see a tile, none is made, and a note says where one is; on a computer whose
// frames come late, that is so at half the speed.
"use strict";
(() => {
  const { element, spaced } = window.unitExplorer.dom;
  const { portrait } = window.unitExplorer.sprites;
  const { format } = window.unitExplorer.address;
  const GAP = 8, LINE = 18, BEYOND = 2; // pixels between tiles, of a line below a picture; rows beyond the window
  const BUDGET = 4; // milliseconds of a frame for making rows; a browser needs twice as many to draw them
  const BLUR = 10; // windows a second: what passes faster is on show for less than a tenth of a second
  const LATE = 25; // milliseconds since the frame before, of which a screen shows 60 a second
  const STILL = 50; // milliseconds without a move after which the tiles come
  const PAUSE = 100; // milliseconds after which scrolling begins anew, so that a jump alone is no fast passing

  function grid() {
    const body = element("div", { class: "unit-grid", role: "grid" });
    const passing = element("p", { class: "unit-passing", "aria-hidden": "true", hidden: true });
    const rows = new Map(); // number of the row -> element
    let layer, view, units = [], measure = null, columns = 1, size = 96, current = 0, asked = 0, width = 0;
    let before = { top: 0, time: -Infinity, late: 0 }; // the last move, and how many of this scrolling came late

    function layout() {
      width = body.clientWidth || 320;
      columns = Math.max(Math.floor((width + GAP) / ((width < 500 ? 84 : 100) + GAP)), 1);
      size = Math.floor((width + GAP) / columns) - GAP;
    }
    // Where the pictures of whole rows will be, drawn by the style sheet until they are there.
    function outline() {
      const whole = Math.floor(units.length / columns) * step() - GAP;
      const lengths = { tile: size, step: step(), across: columns * (size + GAP) - GAP, whole: Math.max(whole, 0) };
      for (const [name, pixels] of Object.entries(lengths)) body.style.setProperty(`--${name}`, `${pixels}px`);
    }
    const step = () => size + (measure ? 2 : 1) * LINE + GAP;
    const count = () => Math.ceil(units.length / columns);

    const valueOf = (unit) => (measure ? layer.shown(measure, unit) ?? "none" : null);
    // For those who do not see the tile.
    const words = (unit) => [`unit ${unit}`, measure && `${spaced(measure.name)} ${valueOf(unit)}`].filter(Boolean);

    function tile(at) {
      const unit = units[at], value = valueOf(unit), dead = layer.dead(unit);
      const link = element("a", {
        href: format({ ...layer.address, unit, with: view.with }), class: dead ? "unit-tile dead" : "unit-tile",
        "aria-label": [...words(unit), ...(dead ? ["dead"] : [])].join(", "), tabindex: at === current ? 0 : -1,
        "data-at": at, "data-unit": unit,
      }, portrait(layer, unit, size, view.show), element("span", { class: "unit-number" }, `${unit}`),
      dead ? element("span", { class: "sign" }, "⊘ dead") : null,
      value === null ? null : element("span", { class: "value" }, value));
      return element("div", { role: "gridcell", style: { width: `${size}px` } }, link);
    }

    function row(number) {
      const from = number * columns;
      const tiles = units.slice(from, from + columns).map((_, k) => tile(from + k));
      const style = { height: `${step() - GAP}px`, transform: `translateY(${number * step()}px)` };
      return element("div", { role: "row", "aria-rowindex": number + 1, style }, tiles);
    }

    // budget: milliseconds for making rows, of which at least one is made; the next frame makes more.
    function draw(budget = Infinity) {
      if (!layer || !body.isConnected) return;
      const { top } = body.getBoundingClientRect();
      const first = Math.floor(-top / step()), last = Math.ceil((innerHeight - top) / step());
      const wanted = new Set([Math.floor(current / columns)]); // the tile that Tab leads to always exists
      for (let number = first; number < last; number++) wanted.add(number);
      for (let beyond = 0; beyond < BEYOND; beyond++) wanted.add(last + beyond).add(first - 1 - beyond);
      for (const [number, made] of rows) {
        if (wanted.has(number)) continue;
        made.remove();
        rows.delete(number);
      }
      const end = performance.now() + budget;
      const missing = [...wanted].filter((number) => number >= 0 && number < count() && !rows.has(number));
      for (const [k, number] of missing.entries()) {
        if (k && performance.now() > end) {
          later();
          return;
        }
        const after = Math.min(...[...rows.keys()].filter((other) => other > number));
        const made = row(number);
        body.insertBefore(made, rows.get(after) ?? null);
        rows.set(number, made);
      }
    }
    const later = () => { asked ||= requestAnimationFrame(frame); };

    function frame(time) {
      asked = 0;
      const { top } = body.getBoundingClientRect(), since = time - before.time;
      if (!passing.hidden && top === before.top && since < STILL) return later();
      const windows = Math.abs(top - before.top) / innerHeight;
      const late = since < PAUSE ? before.late + (since > LATE) : 0;
      const fast = units.length && since < PAUSE && (1000 * windows) / since > (late > 2 ? BLUR / 2 : BLUR);
      before = { top, time, late };
      passing.hidden = !fast;
      if (!fast) return draw(BUDGET);
      passing.textContent = words(unitInTheMiddle(top)).join(", ");
      return later();
    }
    function unitInTheMiddle(top) {
      const row = Math.floor((innerHeight / 2 - top) / step());
      return units[Math.min(Math.max(row * columns, 0), units.length - 1)];
    }

    function redraw() {
      const focused = body.contains(document.activeElement);
      layout();
      rows.clear();
      body.replaceChildren(passing);
      outline();
      body.style.height = `${Math.max(count() * step() - GAP, 0)}px`;
      body.setAttribute("aria-rowcount", count());
      body.setAttribute("aria-colcount", columns);
      draw();
      if (focused && units.length) focusCurrent();
    }

    function show(next, nextLayer, order) {
      [view, layer, units] = [next, nextLayer, order];
      body.setAttribute("aria-label", `Units of ${layer.name}`);
      measure = view.sort ? layer.columns.find((column) => column.name === view.sort.name) ?? null : null;
      current = Math.min(Math.max(current, 0), Math.max(units.length - 1, 0));
      redraw();
    }

    const link = (at) => body.querySelector(`a[data-at="${at}"]`);
    // Focuses a tile, which becomes the one that Tab leads to.
    function go(at) {
      if (!units.length) return;
      link(current)?.setAttribute("tabindex", -1);
      current = Math.min(Math.max(at, 0), units.length - 1);
      draw();
      link(current).setAttribute("tabindex", 0);
      focusCurrent();
    }
    function focusCurrent() {
      link(current).scrollIntoView({ block: "nearest" });
      link(current).focus({ preventScroll: true });
    }

    body.addEventListener("keydown", (event) => {
      const last = units.length - 1, page = Math.max(Math.floor(innerHeight / step()) - 1, 1) * columns;
      const to = {
        ArrowLeft: current - 1, ArrowRight: current + 1, ArrowUp: current - columns, ArrowDown: current + columns,
        Home: 0, End: last, PageUp: Math.max(current - page, 0), PageDown: Math.min(current + page, last),
      }[event.key];
      if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      if (to >= 0 && to <= last) go(to);
    });
    body.addEventListener("focusin", (event) => {
      const at = Number(event.target.dataset.at);
      if (!Number.isInteger(at) || at === current) return;
      link(current)?.setAttribute("tabindex", -1);
      current = at;
      event.target.setAttribute("tabindex", 0);
    });
    document.addEventListener("scroll", later, { passive: true, capture: true });
    addEventListener("resize", later); // a taller window shows more rows
    new ResizeObserver(() => {
      if (body.clientWidth && body.clientWidth !== width && layer) redraw();
    }).observe(body);

    return { root: body, show, focusUnit: (unit) => go(Math.max(units.indexOf(unit), 0)) };
  }

  window.unitExplorer.grid = grid;
})();
