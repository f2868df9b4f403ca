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

  // What the weights of a unit look at: pixels, the maps of the layer before, or its units.
  const seen = (layer, before) =>
    (layer.kind === "conv2d" ? [before.shape[0], layer.kernel, layer.kernel] : asMaps(before.shape));

  function scaleOf(layer, shape) {
    if (layer.kind === "conv2d") return 16;
    if (shape[1] === 1) return 12;
    return layer.shape[0] > 12 ? 4 : shape[0] === 1 ? 8 : 6;
  }

  const group = (label, ...children) =>
    element("div", { className: "scrolls", tabIndex: 0, role: "group", ariaLabel: label }, ...children);

  // told: called with the words for the value that is read.
  fragments.layers = (section, { told }) => {
    let views = [];

    // The weights that lead to each unit, or to each channel of a convolution.
    function weightPictures(layer, before) {
      const shape = seen(layer, before);
      const word = layer.name === "classes" ? "class" : layer.kind === "conv2d" ? "channel" : "unit";
      return Array.from({ length: layer.shape[0] }, (_, unit) => {
        const canvas = canvasOf(shape, scaleOf(layer, shape));
        const name = `${word} ${layer.name === "classes" ? unit : unit + 1}`;
        const figure = element("figure", {}, canvas, element("figcaption", {}, name));
        const picture = { unit, shape, canvas, figure, name, own: [] };
        picture.say = (k) => `Weight from ${sourceName(layer, before, k)} to ${name}: ${number(picture.own[k])}`;
        return picture;
      });
    }

    const sourceName = (layer, before, k) => {
      if (layer.kind !== "conv2d" && before.kind !== "image") return unitName(before, k);
      const size = layer.kind === "conv2d" ? layer.kernel : SIDE;
      const place = `row ${Math.floor((k % (size * size)) / size) + 1}, column ${(k % size) + 1}`;
      return before.shape[0] === 1 ? place : `channel ${Math.floor(k / (size * size)) + 1}, ${place}`;
    };

    function build(data) {
      section.replaceChildren();
      let before = { kind: "image", name: "image", shape: [1, SIDE, SIDE] };
      views = data.layers.map((layer) => {
        const view = block(layer, before);
        before = layer;
        return view;
      });
    }

    function block(layer, before) {
      const shape = asMaps(layer.shape);
      const scale = shape[1] === 1 ? 22 : 12;
      const view = { layer, shape, canvas: canvasOf(shape, scale), gaps: canvasOf(shape, scale), now: [], gap: [] };
      view.changed = element("p", { className: "changed" });
      const made = element("section", { className: "layer" }, element("h3", {}, layer.title), view.changed);
      const box = group(`Activations of ${layer.title}`, view.canvas, view.gaps);
      made.append(box);
      const name = (k) => `${layer.title}, ${unitName(layer, k)}`;
      readable(box, [
        { canvas: view.canvas, shape, say: (k) => `${name(k)}: ${number(view.now[k])}` },
        { canvas: view.gaps, shape, say: (k) => `${name(k)}: changed by ${number(view.gap[k])}` },
      ], told);
      if (layer.shape.length === 1 && layer.shape[0] <= 12) {
        view.values = unitTable(layer);
        made.append(element("details", {}, element("summary", {}, "Activations as numbers"),
          group(`Numbers of ${layer.title}`, view.values.table)));
      }
      view.pictures = layer.kind === "maxpool2d" ? [] : weightPictures(layer, before);
      if (view.pictures.length) made.append(weightBox(view));
      section.append(made);
      return view;
    }

    function weightBox(view) {
      const strip = element("div", { className: "weights", tabIndex: 0, ariaLabel: `Weights of ${view.layer.title}` });
      strip.append(...view.pictures.map(({ figure }) => figure));
      readable(strip, view.pictures, told);
      view.range = element("p", { className: "range" });
      const summary = element("summary", {}, "Weights");
      return element("details", { open: view.layer.kind === "conv2d" }, summary, view.range, strip);
    }

    function showWeights(weights) {
      weights.forEach(({ weight, bias }, k) => {
        const { layer, pictures, range } = views[k];
        if (!pictures.length) return;
        const reach = weight.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1;
        range.textContent = `Blue is negative, red positive; the largest is ${number(reach)} in size.`;
        for (const picture of pictures) {
          picture.own = fragments.unitWeights(layer, weight, picture.unit);
          draw(picture.canvas, picture.own, picture.shape, (value) => diverging(value / reach));
          const ends = [Math.min(...picture.own), Math.max(...picture.own)].map(number);
          const words = `from ${ends.join(" to ")}, bias ${number(bias[picture.unit])}`;
          picture.canvas.setAttribute("aria-label", `Weights of ${picture.name}: ${words}`);
        }
      });
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
      const few = (list) => layer.shape.length === 1 && list.length && list.length <= 12;
      const names = (list) => (few(list) ? ` (${list.map((k) => k + 1).join(", ")})` : "");
      const words = layer.name === "classes"
        ? `Most probable: ${now.indexOf(Math.max(...now))}.`
        : `${found.active} of ${now.length} active; against the unchanged digit ${found.on.length} switched on`
          + `${names(found.on)}, ${found.off.length} switched off${names(found.off)}, ${found.moved} changed.`;
      changed.textContent = words;
      canvas.setAttribute("aria-label", `${layer.title}: ${words} Strongest ${number(top)}.`);
      const largest = number(gap.some(Boolean) ? reach : 0);
      gaps.setAttribute("aria-label", `Change against the unchanged digit, unit by unit; the largest is ${largest}.`);
      values?.cells.forEach(([current, digit, difference], unit) => {
        current.textContent = number(now[unit]);
        digit.textContent = number(was[unit]);
        difference.textContent = number(now[unit] - was[unit]);
      });
      return found;
    }

    // Show the outputs for an image and for the digit as it is; returns what changed in each layer.
    const show = (outputs, original) => views.map((view, k) => showLayer(view, outputs[k], original[k]));
    return { build, show, showWeights };
  };

  // The weights that lead to a unit, or to a channel of a convolution, in the order of what they look at.
  fragments.unitWeights = (layer, weight, unit) => {
    const count = weight.length / layer.shape[0];
    if (layer.kind === "conv2d") return weight.subarray(unit * count, (unit + 1) * count);
    return Float32Array.from({ length: count }, (_, i) => weight[i * layer.shape[0] + unit]);
  };
})();
