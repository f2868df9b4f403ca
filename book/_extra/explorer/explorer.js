// The explorer of the net fragments study: every weight and activation, and the answer to any 9 x 9 image.
// Runs from disk: data come as scripts, one per model and seed, loaded when they are asked for.
"use strict";
(() => {
  const SIDE = 9;
  const FOLDER = new URL("data/", document.currentScript.src).href;
  const manifest = window.fragmentManifest;
  const { engine } = window.play;
  const files = new Map(); // "model/seed" -> promise of its data
  const arrived = new Map();
  const state = { model: 1, seed: 0, epoch: 0, digit: 8, image: null }; // what is shown
  let wanted = { ...state, restart: true }; // what was chosen last, and whether the image begins anew
  let root, data, original, outputs, views;

  // ---- data ----

  window.fragmentData = (description, text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const numbers = new Float32Array(bytes.buffer);
    arrived.set(`${description.model}/${description.seed}`, { ...description, numbers });
  };

  function load(model, seed) {
    const key = `${model}/${seed}`;
    if (!files.has(key)) {
      files.set(key, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        const failed = () => {
          files.delete(key);
          reject(new Error(`The data of model ${model}, seed ${seed}, could not be loaded; build the book again.`));
        };
        script.src = `${FOLDER}model-${model}-seed-${seed}.js`;
        script.onload = () => (arrived.has(key) ? resolve(arrived.get(key)) : failed());
        script.onerror = failed;
        document.head.append(script);
      }));
    }
    return files.get(key);
  }

  // ---- the network ----

  // The weights of each layer after an epoch.
  function weights(epoch) {
    if (!Number.isInteger(epoch) || epoch < 0 || epoch >= data.epochs) {
      throw new Error(`Epoch ${epoch} was not stored; stored are 0 (before training) to ${data.epochs - 1}.`);
    }
    return engine.parameters(data.layers, data.numbers, epoch * data.numbersPerEpoch);
  }

  // The output of every layer for an image of 81 pixels, row by row.
  function forward(epoch, image) {
    if (image.length !== SIDE * SIDE) {
      throw new Error(`An image is ${SIDE} x ${SIDE} pixels; this one has ${image.length} numbers.`);
    }
    const other = Array.from(image).find((value) => value !== 0 && value !== 1);
    if (other !== undefined) throw new Error(`A pixel is 0 or 1; this image holds ${other}.`);
    return engine.forward(data.layers, weights(epoch), image, [1, SIDE, SIDE]);
  }

  // ---- small helpers ----

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const number = (value) => (value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : value.toFixed(3));
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const dark = () => document.documentElement.dataset.theme === "dark";

  // Perceptually even steps from dark blue to yellow (cividis), for magnitudes.
  const STEPS = [[0, 32, 77], [51, 67, 107], [92, 96, 109], [124, 123, 120], [165, 156, 116], [209, 193, 93], [255, 234, 70]];
  function sequential(share) {
    const place = Math.min(Math.max(share, 0), 1) * (STEPS.length - 1);
    const below = Math.min(Math.floor(place), STEPS.length - 2);
    return STEPS[below].map((value, k) => value + (place - below) * (STEPS[below + 1][k] - value));
  }
  // Blue for negative, red for positive, and what the page's ground is like for 0.
  function diverging(share) {
    const middle = dark() ? [40, 42, 46] : [247, 247, 247];
    const end = share < 0 ? (dark() ? [110, 180, 255] : [5, 80, 160]) : dark() ? [255, 120, 100] : [165, 15, 35];
    return middle.map((value, k) => value + Math.min(Math.abs(share), 1) * (end[k] - value));
  }

  // Draw maps (channel, row, column) side by side, one canvas pixel per number; CSS enlarges them.
  function draw(canvas, values, [channels, rows, columns], colour) {
    const width = channels * (columns + 1) - 1;
    if (canvas.width !== width || canvas.height !== rows) Object.assign(canvas, { width, height: rows });
    const context = canvas.getContext("2d");
    const picture = context.createImageData(width, rows);
    for (let c = 0, from = 0; c < channels; c++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++, from++) {
          const [red, green, blue] = colour(values[from]);
          picture.data.set([red, green, blue, 255], 4 * (y * width + c * (columns + 1) + x));
        }
      }
    }
    context.putImageData(picture, 0, 0);
  }

  // Units without places stand in a row; the 81 of model 10 in a square, to save room.
  const asMaps = (shape) => (shape.length === 3 ? shape : shape[0] === SIDE * SIDE ? [1, SIDE, SIDE] : [1, 1, shape[0]]);
  const canvasOf = ([channels, rows, columns], scale) => {
    const canvas = element("canvas", { role: "img" });
    canvas.style.width = `${scale * (channels * (columns + 1) - 1)}px`;
    return canvas;
  };

  // ---- the image ----

  function buildGrid() {
    const grid = part("grid");
    for (let y = 0; y < SIDE; y++) {
      const row = element("div", { role: "row" });
      for (let x = 0; x < SIDE; x++) {
        const pixel = element("button", { type: "button", tabIndex: x + y ? -1 : 0 });
        pixel.dataset.pixel = y * SIDE + x;
        row.append(element("div", { role: "gridcell" }, pixel));
      }
      grid.append(row);
    }
    grid.addEventListener("click", (event) => {
      const pixel = event.target.closest("button");
      if (pixel) toggle(Number(pixel.dataset.pixel));
    });
    grid.addEventListener("focusin", (event) => {
      grid.querySelector('[tabindex="0"]').tabIndex = -1;
      event.target.tabIndex = 0;
    });
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -SIDE], End: [0, SIDE] };
    grid.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      const at = Number(event.target.dataset.pixel);
      const within = (value) => Math.min(Math.max(value, 0), SIDE - 1);
      const y = within(Math.floor(at / SIDE) + move[0]);
      const x = within((at % SIDE) + move[1]);
      views.pixels[y * SIDE + x].focus();
    });
    return [...grid.querySelectorAll("button")];
  }

  function showPixel(k) {
    const pixel = views.pixels[k];
    const on = state.image[k] === 1;
    const flipped = state.image[k] !== manifest.digits[state.digit][k];
    pixel.setAttribute("aria-pressed", on);
    pixel.classList.toggle("flipped", flipped);
    pixel.setAttribute("aria-label", `row ${Math.floor(k / SIDE) + 1}, column ${(k % SIDE) + 1}${flipped ? ", flipped" : ""}`);
  }

  function nearest() {
    const distance = manifest.digits.map((digit) => digit.reduce((sum, value, k) => sum + (value !== state.image[k]), 0));
    const least = Math.min(...distance);
    const digits = distance.flatMap((value, digit) => (value === least ? [digit] : []));
    return { digits, least };
  }

  // ---- the network's answer ----

  function buildProbabilities() {
    const body = part("probabilities");
    return Array.from({ length: 10 }, (_, digit) => {
      const bar = element("div", { className: "bar" });
      const value = element("td", { className: "value" });
      const row = element("tr", {}, element("th", { scope: "row" }, `${digit}`), element("td", { className: "track" }, bar), value);
      body.append(row);
      return { row, bar, value };
    });
  }

  // One block per layer: what it gives on, which of it changed, and its weights.
  function buildLayers() {
    const section = part("layers");
    section.replaceChildren();
    let before = [1, SIDE, SIDE];
    return data.layers.map((layer) => {
      const shape = asMaps(layer.shape);
      const scale = shape[1] === 1 ? 22 : 12;
      const [canvas, gaps] = [canvasOf(shape, scale), canvasOf(shape, scale)];
      const changed = element("p", { className: "changed" });
      const block = element("section", { className: "layer" }, element("h3", {}, layer.title), changed);
      block.append(element("div", { className: "scrolls", tabIndex: 0, role: "group", ariaLabel: `Activations of ${layer.title}` }, canvas, gaps));
      const values = layer.shape.length === 1 && layer.shape[0] <= 12 ? unitTable(layer) : null;
      if (values) block.append(element("details", {}, element("summary", {}, "Activations as numbers"),
        element("div", { className: "scrolls", tabIndex: 0, role: "group", ariaLabel: `Numbers of ${layer.title}` }, values.table)));
      const pictures = layer.kind === "maxpool2d" ? [] : weightPictures(layer, before);
      if (pictures.length) {
        const strip = element("div", { className: "weights", tabIndex: 0, role: "group", ariaLabel: `Weights of ${layer.title}` });
        strip.append(...pictures.map(({ figure }) => figure));
        const words = element("p", { className: "range" });
        block.append(element("details", { open: layer.kind === "conv2d" }, element("summary", {}, "Weights"), words, strip));
        pictures.words = words;
      }
      section.append(block);
      before = layer.shape;
      return { layer, shape, canvas, gaps, changed, values, pictures };
    });
  }

  function unitTable(layer) {
    const cells = [];
    const body = element("tbody");
    for (let unit = 0; unit < layer.shape[0]; unit++) {
      const row = ["now", "digit", "difference"].map(() => element("td"));
      cells.push(row);
      const name = layer.name === "classes" ? `class ${unit}` : `neuron ${unit + 1}`;
      body.append(element("tr", {}, element("th", { scope: "row" }, name), ...row));
    }
    const head = element("tr", {}, ...["", "this image", "the digit", "difference"].map((text) => element(text ? "th" : "td", text ? { scope: "col" } : {}, text)));
    return { cells, table: element("table", { className: "units" }, element("thead", {}, head), body) };
  }

  // The weights that lead to each unit, laid out as what they look at.
  function weightPictures(layer, before) {
    const shape = layer.kind === "conv2d" ? [before[0], layer.kernel, layer.kernel] : asMaps(before);
    const word = layer.name === "classes" ? "class" : layer.kind === "conv2d" ? "channel" : "neuron";
    return Array.from({ length: layer.shape[0] }, (_, unit) => {
      const canvas = canvasOf(shape, layer.kind === "conv2d" ? 16 : shape[1] === 1 ? 12 : layer.shape[0] > 12 ? 4 : shape[0] === 1 ? 8 : 6);
      const name = layer.name === "classes" ? unit : unit + 1;
      const figure = element("figure", {}, canvas, element("figcaption", {}, `${word} ${name}`));
      return { unit, shape, canvas, figure, label: `Weights of ${word} ${name}` };
    });
  }

  function showWeights() {
    weights(state.epoch).forEach(({ weight, bias }, k) => {
      const { layer, pictures } = views.layers[k];
      if (!pictures.length) return;
      const reach = weight.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1;
      pictures.words.textContent = `Blue is negative, red positive; the largest is ${number(reach)} in size.`;
      const count = weight.length / pictures.length;
      for (const { unit, shape, canvas, label } of pictures) {
        const own = layer.kind === "conv2d"
          ? weight.subarray(unit * count, (unit + 1) * count)
          : Float32Array.from({ length: count }, (_, i) => weight[i * pictures.length + unit]);
        draw(canvas, own, shape, (value) => diverging(value / reach));
        canvas.setAttribute("aria-label", `${label}: from ${number(Math.min(...own))} to ${number(Math.max(...own))}, bias ${number(bias[unit])}`);
      }
    });
  }

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

  function showLayer(view, now, was) {
    const { layer, shape, canvas, gaps, changed, values } = view;
    const top = now.reduce((most, value) => Math.max(most, value), 0) || 1;
    draw(canvas, now, shape, (value) => sequential(value / top));
    const gap = now.map((value, k) => value - was[k]);
    const reach = gap.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    draw(gaps, gap, shape, (value) => diverging(value / reach));
    const found = difference(now, was);
    const names = (list) => (layer.shape.length === 1 && list.length && list.length <= 12 ? ` (${list.map((k) => k + 1).join(", ")})` : "");
    const words = layer.name === "classes"
      ? `Most probable: ${now.indexOf(Math.max(...now))}.`
      : `${found.active} of ${now.length} active; against the unchanged digit ${found.on.length} switched on${names(found.on)}, `
        + `${found.off.length} switched off${names(found.off)}, ${found.moved} changed.`;
    changed.textContent = words;
    canvas.setAttribute("aria-label", `${layer.title}: ${words} Strongest ${number(top)}.`);
    gaps.setAttribute("aria-label", `Change against the unchanged digit, unit by unit; the largest is ${number(gap.some(Boolean) ? reach : 0)}.`);
    values?.cells.forEach(([current, digit, gap], unit) => {
      current.textContent = number(now[unit]);
      digit.textContent = number(was[unit]);
      gap.textContent = number(now[unit] - was[unit]);
    });
    return found;
  }

  function answer() {
    outputs = forward(state.epoch, state.image);
    const probability = outputs[outputs.length - 1];
    const best = probability.indexOf(Math.max(...probability));
    views.probabilities.forEach(({ row, bar, value }, digit) => {
      bar.style.width = `${100 * probability[digit]}%`;
      value.textContent = number(probability[digit]);
      row.classList.toggle("best", digit === best);
    });
    const changes = views.layers.map((view, k) => showLayer(view, outputs[k], original[k]));
    const { digits, least } = nearest();
    const flips = state.image.reduce((sum, value, k) => sum + (value !== manifest.digits[state.digit][k]), 0);
    const near = `${digits.length > 1 ? "digits" : "digit"} ${digits.join(" and ")}, ${plural(least, "pixel")} away`;
    part("nearest").textContent = near;
    const head = changes[changes.length - 2];
    part("answer").textContent =
      `The network says ${best}, with probability ${number(probability[best])}. `
      + (flips ? `${plural(flips, "pixel")} flipped; ` : "")
      + `${plural(head.on.length + head.off.length, "neuron")} of the head switched on or off.`;
    part("answer").classList.toggle("wrong", !digits.includes(best));
  }

  function toggle(k) {
    state.image[k] = 1 - state.image[k];
    showPixel(k);
    answer();
  }

  function setDigit(digit) {
    state.digit = digit;
    state.image = [...manifest.digits[digit]];
    original = forward(state.epoch, state.image);
    views.pixels.forEach((_, pixel) => showPixel(pixel));
  }

  // ---- choosing ----

  function check(wanted) {
    const model = manifest.models.find(({ model }) => model === wanted.model);
    if (!model) throw new Error(`Model ${wanted.model} is not in table 4.1; allowed is a whole number from 1 to ${manifest.models.length}.`);
    if (!manifest.seeds.includes(wanted.seed)) throw new Error(`Seed ${wanted.seed} is not stored; stored are ${manifest.seeds.join(", ")}.`);
    if (!Number.isInteger(wanted.epoch) || wanted.epoch < 0 || wanted.epoch > manifest.lastEpoch) {
      throw new Error(`Epoch ${wanted.epoch} was not stored; stored are 0 (before training) to ${manifest.lastEpoch}.`);
    }
    if (!manifest.digits[wanted.digit]) throw new Error(`Digit ${wanted.digit} is not one of 0 to 9.`);
  }

  // Show a model, seed, epoch and digit; what is not named stays. A new digit starts unchanged.
  // Choices made while data are on their way add up, and only the last of them is shown.
  async function select(change) {
    const next = { ...wanted, ...change, restart: wanted.restart || change.digit !== undefined };
    check(next);
    wanted = next;
    let loaded;
    try {
      loaded = await load(next.model, next.seed);
    } catch (error) {
      if (wanted === next) wanted = { ...state, restart: false };
      throw error;
    }
    if (wanted !== next) return;
    const { restart, model, seed, epoch, digit } = next;
    wanted = { model, seed, epoch, digit, restart: false };
    const flips = restart ? null : [...state.image];
    const other = model !== data?.model;
    data = loaded;
    Object.assign(state, { model, seed, epoch });
    if (other) views.layers = buildLayers();
    setDigit(digit);
    if (flips) {
      state.image = flips;
      views.pixels.forEach((_, pixel) => showPixel(pixel));
    }
    showWeights();
    answer();
    const controls = root.querySelector("form").elements;
    controls.model.value = state.model;
    controls.seed.value = state.seed;
    controls.epoch.value = state.epoch;
    controls.digit.value = state.digit;
    const words = state.epoch === 0 ? "0 (before training)" : `${state.epoch} of ${manifest.lastEpoch}`;
    part("epoch").textContent = words;
    controls.epoch.setAttribute("aria-valuetext", words);
    part("fault").textContent = "";
  }

  const choose = (change) => select(change).catch((error) => (part("fault").textContent = error.message));

  function buildControls() {
    const form = root.querySelector("form");
    const { model, seed, epoch } = form.elements;
    model.append(...manifest.models.map((one) => element("option", { value: one.model }, `${one.model}: ${one.encoder}`)));
    seed.append(...manifest.seeds.map((one) => element("option", { value: one }, `${one}`)));
    epoch.max = manifest.lastEpoch;
    part("digits").append(...manifest.digits.map((_, digit) =>
      element("label", {}, element("input", { type: "radio", name: "digit", value: digit }), ` ${digit}`)));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", ({ target }) => {
      if (target.name in state) choose({ [target.name]: Number(target.value) });
    });
    part("restore").addEventListener("click", () => choose({ digit: state.digit }));
  }

  function start() {
    root = document.getElementById("explorer");
    if (!root) return Promise.resolve();
    if (!manifest) {
      part("fault").textContent = "The explorer's data are missing; build the book again.";
      return Promise.resolve();
    }
    views = { pixels: buildGrid(), probabilities: buildProbabilities(), layers: [] };
    buildControls();
    new MutationObserver(() => data && (showWeights(), answer()))
      .observe(document.documentElement, { attributeFilter: ["data-theme"] });
    root.querySelector("form").hidden = false;
    return choose({ seed: manifest.seeds[0], epoch: manifest.lastEpoch, digit: 8 });
  }

  const ready = new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => start().then(resolve)));
  window.fragmentExplorer = {
    ready,
    select,
    toggle,
    forward: (image) => Object.fromEntries(forward(state.epoch, image).map((output, k) => [data.layers[k].name, [...output]])),
    state: () => ({ ...state, image: [...state.image] }),
  };
})();
