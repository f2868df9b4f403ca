// One block per layer: what it gives on, which of it changed, and its weights, all of which can be read.
"use strict";
(() => {
  const { canvas: canvasOf, diverging, draw, element, fragments, number, readable, sequential } = window.play;
  const { SIDE, asMaps, unitName } = fragments;

  // How a layer differs from its answer to the digit as it is.
  function difference(now, was) {
    const found = { on: [], off: [], moved: 0, active: 0 };
    now.forEach((value, k) => {
      if (value > 0) found.active++;
      if (value > 0 && was[k] === 0) found.on.push(k);
      else if (value === 0 && was[k] > 0) found.off.push(k);
      else if (Math.abs(value - was[k]) > 1e-9) found.moved++;
    });
    return found;
  }

  function inWords(layer, now, { on, off, moved, active }) {
    if (layer.name === "classes") return `Most probable: ${now.indexOf(Math.max(...now))}.`;
    const few = (list) => layer.shape.length === 1 && list.length && list.length <= 12;
    const names = (list) => (few(list) ? ` (${list.map((k) => k + 1).join(", ")})` : "");
    return `${active} of ${now.length} active; against the unchanged digit ${on.length} switched on${names(on)}, `
      + `${off.length} switched off${names(off)}, ${moved} changed.`;
  }

  function unitTable(layer) {
    const cells = [];
    const body = element("tbody");
    for (let unit = 0; unit < layer.shape[0]; unit++) {
      const row = ["now", "digit", "difference"].map(() => element("td"));
      cells.push(row);
      body.append(element("tr", {}, element("th", { scope: "row" }, unitName(layer, unit)), ...row));
    }
    const titles = ["this image", "the digit", "difference"];
    const heads = titles.map((text) => element("th", { scope: "col" }, text));
    const head = element("tr", {}, element("td"), ...heads);
    return { cells, table: element("table", { className: "units" }, element("thead", {}, head), body) };
  }

  const group = (label, ...children) =>
    element("div", { className: "scrolls", tabIndex: 0, role: "group", ariaLabel: label }, ...children);

  function block(layer, before, told) {
    const shape = asMaps(layer.shape);
    const scale = shape[1] === 1 ? 22 : 12;
    const view = { layer, shape, canvas: canvasOf(shape, scale), gaps: canvasOf(shape, scale), now: [], gap: [] };
    view.changed = element("p", { className: "changed" });
    view.body = element("section", { className: "layer" }, element("h3", {}, layer.title), view.changed);
    const box = group(`Activations of ${layer.title}`, view.canvas, view.gaps);
    view.body.append(box);
    const name = (k) => `${layer.title}, ${unitName(layer, k)}`;
    readable(box, [
      { canvas: view.canvas, shape, say: (k) => `${name(k)}: ${number(view.now[k])}` },
      { canvas: view.gaps, shape, say: (k) => `${name(k)}: changed by ${number(view.gap[k])}` },
    ], told);
    if (layer.shape.length === 1 && layer.shape[0] <= 12) {
      view.values = unitTable(layer);
      view.body.append(element("details", {}, element("summary", {}, "Activations as numbers"),
        group(`Numbers of ${layer.title}`, view.values.table)));
    }
    if (layer.kind !== "maxpool2d") {
      view.weights = fragments.weightBox(layer, before, told);
      view.body.append(view.weights.body);
    }
    return view;
  }

  function showLayer(view, now, was) {
    const { layer, shape, canvas, gaps, changed, values } = view;
    const top = now.reduce((most, value) => Math.max(most, value), 0) || 1;
    draw(canvas, now, shape, (value) => sequential(value / top));
    const gap = now.map((value, k) => value - was[k]);
    const reach = gap.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    draw(gaps, gap, shape, (value) => diverging(value / reach));
    Object.assign(view, { now, gap });
    const found = difference(now, was);
    const words = inWords(layer, now, found);
    changed.textContent = words;
    canvas.setAttribute("aria-label", `${layer.title}: ${words} Strongest ${number(top)}.`);
    const largest = number(gap.some(Boolean) ? reach : 0);
    gaps.setAttribute("aria-label", `Change against the unchanged digit, unit by unit; the largest is ${largest}.`);
    values?.cells.forEach((cells, unit) => {
      [now[unit], was[unit], gap[unit]].forEach((value, k) => (cells[k].textContent = number(value)));
    });
    return found;
  }

  // told: called with the words for the value that is read.
  fragments.layers = (section, { told }) => {
    let views = [];

    function build(data) {
      const before = [{ kind: "image", name: "image", shape: [1, SIDE, SIDE] }, ...data.layers];
      views = data.layers.map((layer, k) => block(layer, before[k], told));
      section.replaceChildren(...views.map(({ body }) => body));
    }

    const showWeights = (weights) => weights.forEach((one, k) => views[k].weights?.show(one));

    // Show the outputs for an image and for the digit as it is; returns what changed in each layer.
    const show = (outputs, original) => views.map((view, k) => showLayer(view, outputs[k], original[k]));
    return { build, show, showWeights };
  };
})();
