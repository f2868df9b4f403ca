// Does a unit stand for a line? Its weights under the nine lines, and how well it tells each of them over all 512
// images that can be composed of the lines: its weakest activity with the line over its strongest without, as
// helpers/studies/net_fragments/fragments.py has it.
"use strict";
(() => {
  const { canvas: canvasOf, diverging, draw, element, engine, fragments, indexOfMost, svg } = window.play;
  const { SIDE, manifest, unitName, unitWeights } = fragments;
  const STRONG = 2; // how many times as active a fragment is with its line

  // The image that holds exactly these lines; bit k of the number is line k.
  function composed(number) {
    const image = new Float64Array(SIDE * SIDE);
    manifest.lines.forEach(({ pixels }, k) => {
      if ((number >> k) & 1) for (const pixel of pixels) image[pixel] = 1;
    });
    return image;
  }

  // separation[unit][line] of a layer: 0 if the unit is off for some image with the line, infinite if off without it.
  fragments.separations = (data, weights, number) => {
    const layers = data.layers.slice(0, number + 1);
    const images = 2 ** manifest.lines.length;
    const lines = manifest.lines.length;
    let weakest, strongest;
    for (let image = 0; image < images; image++) {
      const activity = engine.forward(layers, weights, composed(image), [1, SIDE, SIDE])[number];
      weakest ??= Array.from(activity, () => new Float64Array(lines).fill(Infinity));
      strongest ??= Array.from(activity, () => new Float64Array(lines).fill(-Infinity));
      activity.forEach((value, unit) => {
        for (let line = 0; line < lines; line++) {
          if ((image >> line) & 1) weakest[unit][line] = Math.min(weakest[unit][line], value);
          else strongest[unit][line] = Math.max(strongest[unit][line], value);
        }
      });
    }
    return weakest.map((least, unit) => least.map((value, line) => (value > 0 ? value / strongest[unit][line] : 0)));
  };

  // What a unit looks at: weights laid out over the layer before, whose places see so many pixels, so far apart.
  function looksAt(data, weights, number, unit) {
    const layer = data.layers[number];
    const before = number ? data.layers[number - 1].shape : [1, SIDE, SIDE];
    let [field, step] = [1, 1];
    for (const one of data.layers.slice(0, number)) {
      if (one.kind === "dense") return null; // its units have no place
      field += (one.kernel - 1) * step;
      if (one.kind === "maxpool2d") step *= one.kernel;
    }
    if (layer.kind !== "conv2d") {
      return { shape: before, values: unitWeights(layer, weights[number].weight, unit), field, step };
    }
    const [, rows, columns] = layer.shape;
    const [channels, height, width] = before;
    const kernel = unitWeights(layer, weights[number].weight, Math.floor(unit / (rows * columns)));
    const [y, x] = [Math.floor((unit % (rows * columns)) / columns), unit % columns];
    const values = new Float32Array(channels * height * width);
    kernel.forEach((value, k) => {
      const row = Math.floor(k / layer.kernel);
      const [c, j, i] = [Math.floor(row / layer.kernel), row % layer.kernel, k % layer.kernel];
      values[(c * height + y + j) * width + x + i] = value;
    });
    return { shape: before, values, field, step };
  }

  // One channel of what a unit looks at, where it lies in the image, under the nine lines.
  function channelBox({ shape: [channels, rows, columns], values, field, step }, channel, { told, reach, name }) {
    const pixel = channels > 2 ? 12 : 26; // the side of a pixel of the image, on the screen
    const canvas = canvasOf([1, rows, columns], step * pixel);
    const own = values.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    draw(canvas, own, [1, rows, columns], (value) => diverging(value / reach));
    const which = channels > 1 ? `, channel ${channel + 1}` : "";
    canvas.setAttribute("aria-label", `Weights of ${name}${which}, under the nine lines`);
    canvas.style.left = canvas.style.top = `${((field - step) / 2) * pixel}px`;
    const drawing = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" });
    manifest.lines.forEach(({ pixels }, k) => {
      const ends = {};
      for (const [end, at] of [[1, pixels[0]], [2, pixels.at(-1)]]) {
        ends[`x${end}`] = (at % SIDE) + 0.5;
        ends[`y${end}`] = Math.floor(at / SIDE) + 0.5;
      }
      const lines = ["casing", told[k] ? "told" : "line"].map((name) => svg("line", { class: name, ...ends }));
      drawing.append(...lines);
    });
    const box = element("div", { className: "channel" }, canvas, drawing);
    box.style.width = box.style.height = `${SIDE * pixel}px`;
    return box;
  }

  const words = (value) => {
    if (value === Infinity) return "off without it";
    return value === 0 ? "0" : value.toFixed(2);
  };

  // chosen: called with {layer, unit} when a reader asks for another, layer by name, unit counted from 1.
  fragments.lines = (box, { chosen }) => {
    const layerField = element("select");
    const unitField = element("input", { type: "number", min: 1, step: 1 });
    const picture = element("div", { className: "overlay" });
    const summary = element("p", { role: "status" });
    const body = element("tbody");
    const heads = ["Line", "This unit", "Best unit of the layer", "Its value"];
    const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
    const table = element("table", { className: "units" }, element("thead", {}, head), body);
    const label = (text, field) => element("label", {}, `${text} `, field);
    const form = element("form", {}, label("Layer", layerField), label("Unit", unitField));
    form.addEventListener("submit", (event) => event.preventDefault());
    layerField.addEventListener("change", () => chosen({ layer: layerField.value, unit: 1 }));
    unitField.addEventListener("change", () => unitField.validity.valid && unitField.value
      && chosen({ layer: layerField.value, unit: Number(unitField.value) }));
    const sides = element("div", { className: "sides" }, picture, element("div", { className: "scrolls", tabIndex: 0,
      role: "group", ariaLabel: "The nine lines" }, table));
    box.append(form, summary, sides);

    // layer: by name; unit: counted from 1. Returns what is shown, which is the first unit if there is no such one.
    function show(data, weights, { layer, unit }) {
      const possible = fragments.withLines(data);
      const described = possible.find(({ name }) => name === layer) ?? possible[0];
      const number = data.layers.indexOf(described);
      const scores = fragments.separations(data, weights, number);
      const own = Math.min(scores.length, Math.max(1, unit)) - 1;
      layerField.replaceChildren(...possible.map(({ name, title }) => element("option", { value: name }, title)));
      layerField.value = described.name;
      unitField.max = scores.length;
      unitField.value = own + 1;
      const best = manifest.lines.map((_, line) => indexOfMost(scores.map((values) => values[line])));
      body.replaceChildren(...manifest.lines.map(({ name }, line) => {
        const go = element("button", { type: "button" }, unitName(described, best[line]));
        go.addEventListener("click", () => chosen({ layer: described.name, unit: best[line] + 1 }));
        const cells = [words(scores[own][line]), go, words(scores[best[line]][line])];
        const row = element("tr", {}, element("th", { scope: "row" }, name));
        row.append(...cells.map((one) => element("td", {}, one)));
        row.classList.toggle("told", scores[own][line] >= STRONG);
        return row;
      }));
      const told = Array.from(scores[own], (value) => value >= STRONG);
      const tells = manifest.lines.filter((_, line) => told[line]).map(({ name }) => name);
      const all = best.filter((unit, line) => scores[unit][line] >= STRONG).length;
      const who = unitName(described, own);
      summary.textContent = `${described.title}, ${who}: tells ${tells.join(" and ") || "no line"}. `
        + `${all} of the ${manifest.lines.length} lines are told by some unit of the layer.`;
      const sight = looksAt(data, weights, number, own);
      picture.replaceChildren();
      if (sight) {
        const reach = sight.values.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1;
        const how = { told, reach, name: who };
        picture.append(...Array.from({ length: sight.shape[0] }, (_, c) => channelBox(sight, c, how)));
      } else picture.append("Its weights lead from units without a place, on which no lines can be laid.");
      return { layer: described.name, unit: own + 1 };
    }
    return { show };
  };
})();
