// The explorer of the net fragments study: every weight and activation, and the answer to any 9 x 9 image.
// Runs from disk: data come as scripts, one per model and seed, loaded when they are asked for.
"use strict";
(() => {
  const { address, element, fragments, indexOfMost, linkButton, number, numeral, plural } = window.play;
  const { SIDE, check, manifest } = fragments;
  const state = { model: 1, seed: 0, epoch: 0, digit: 8, image: null }; // what is shown
  let wanted = { ...state, restart: true }; // what was chosen last, and whether the image begins anew
  let root, data, weights, original, link, views;
  let unit = null; // {layer, unit} under the nine lines, while they are open
  let searching = 0; // the number of the search that is wanted
  let playing = null; // the timer that steps through the epochs, one at a time for those who want less motion
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const part = (name) => root.querySelector(`[data-part="${name}"]`);

  // ---- what is shown, as text ----

  function entries() {
    const { model, seed, epoch, digit, image } = state;
    if (!image) return null;
    const flipped = image.flatMap((value, k) => (value === manifest.digits[digit][k] ? [] : [k])).join(".");
    return { model, seed, epoch, digit, flipped, unit: unit ? `${unit.layer}-${unit.unit}` : "" };
  }

  // A choice, and flips of pixels, from the texts of an address; what they do not name is as at the beginning.
  function understood(texts) {
    const whole = (name, usual) => (texts[name] === undefined ? usual : numeral(texts[name]));
    const epoch = texts.epoch === "last" ? manifest.lastEpoch : whole("epoch", manifest.lastEpoch);
    const found = { model: whole("model", 1), seed: whole("seed", manifest.seeds[0]), epoch, digit: whole("digit", 8) };
    for (const [name, value] of Object.entries(found)) {
      if (Number.isNaN(value)) throw new Error(`The address has ${name} = ${texts[name]}, which is no number.`);
    }
    check(found);
    const flips = (texts.flipped ?? "").split(".").filter(Boolean).map(numeral);
    if (flips.some((k) => !Number.isInteger(k) || k < 0 || k >= SIDE * SIDE)) {
      throw new Error(`The address has flipped = ${texts.flipped}; pixels have numbers from 0 to ${SIDE * SIDE - 1}.`);
    }
    found.unit = null;
    if (!texts.unit) return { found, flips };
    const [, layer, place] = texts.unit.match(/^(\w+)-(\d+)$/) ?? [];
    if (!layer) {
      throw new Error(`The address has unit = ${texts.unit}; allowed is a layer and a whole number, as in conv1-1.`);
    }
    found.unit = { layer, unit: Number(place) };
    return { found, flips };
  }

  const written = () => link.soon(() => !playing);

  // ---- the network's answer ----

  function buildProbabilities() {
    const body = part("probabilities");
    return Array.from({ length: 10 }, (_, digit) => {
      const bar = element("div", { className: "bar" });
      const value = element("td", { className: "value" });
      const track = element("td", { className: "track" }, bar);
      const row = element("tr", {}, element("th", { scope: "row" }, `${digit}`), track, value);
      body.append(row);
      return { row, bar, value };
    });
  }

  function answer() {
    const outputs = fragments.forward(data, weights, state.image);
    const probability = outputs.at(-1);
    const best = indexOfMost(probability);
    views.probabilities.forEach(({ row, bar, value }, digit) => {
      bar.style.width = `${100 * probability[digit]}%`;
      value.textContent = number(probability[digit]);
      row.classList.toggle("best", digit === best);
    });
    const changes = views.layers.show(outputs, original);
    const { digits, least } = fragments.nearest(state.image);
    part("nearest").textContent =
      `${digits.length > 1 ? "digits" : "digit"} ${digits.join(" and ")}, ${plural(least, "pixel")} away`;
    const flips = state.image.reduce((sum, value, k) => sum + (value !== manifest.digits[state.digit][k]), 0);
    const head = changes.at(-2);
    const switched = plural(head.on.length + head.off.length, "unit");
    part("answer").textContent = `The network says ${best}, with probability ${number(probability[best])}. ` + (flips
      ? `${plural(flips, "pixel")} flipped; ${switched} of the head switched on or off.`
      : `This is the ${state.digit} as it was learned: flip a pixel.`);
    part("answer").classList.toggle("wrong", !digits.includes(best));
  }

  function shown() {
    views.grid.show(state.image, state.digit);
    answer();
    searching++;
    part("found").textContent = "";
  }

  function set(k, value) {
    if (!data) return;
    state.image[k] = value ?? 1 - state.image[k];
    shown();
  }

  function toggle(k) {
    set(k, null);
    written();
  }

  // ---- what breaks it ----

  async function search() {
    stop();
    const mine = ++searching;
    const fair = part("fair").checked ? state.digit : null;
    part("found").textContent = "Searching …";
    const answer = (image) => fragments.forward(data, weights, image).at(-1);
    const result = await fragments.search(state.image, { answer, fair, stopped: () => mine !== searching });
    if (!result || mine !== searching) return null;
    for (const k of result.flips ?? []) state.image[k] = 1 - state.image[k];
    if (result.flips) shown();
    part("found").textContent = fragments.searched(result, fair);
    written();
    return result;
  }

  // ---- choosing ----

  // Show a model, seed, epoch, digit, and a unit under the nine lines, or null; what is not named stays. A new digit
  // starts unchanged, or with these flips. Choices made while data are on their way add up, and only the last of them
  // is shown: resolves to whether it is this one.
  async function select(change, flips = null) {
    const restart = wanted.restart || change.digit !== undefined;
    const next = { ...wanted, ...change, restart, flips: flips ?? (change.digit === undefined ? wanted.flips : null) };
    check(next);
    wanted = next;
    let loaded;
    try {
      loaded = await fragments.load(next.model, next.seed);
      if (change.unit) fragments.checkUnit(loaded, change.unit);
    } catch (error) {
      if (wanted !== next) return false;
      if (data) wanted = { ...state, restart: false };
      throw error;
    }
    if (wanted !== next) return false;
    const { model, seed, epoch, digit } = next;
    if (next.unit !== undefined) unit = next.unit;
    wanted = { model, seed, epoch, digit, restart: false };
    if (model !== data?.model) views.layers.build(loaded);
    data = loaded;
    Object.assign(state, { model, seed, epoch, digit });
    weights = fragments.weights(data, epoch);
    original = fragments.forward(data, weights, manifest.digits[digit]);
    if (next.restart) state.image = [...manifest.digits[digit]];
    for (const k of (next.restart && next.flips) || []) state.image[k] = 1 - state.image[k];
    views.layers.showWeights(weights);
    shown();
    showLines();
    part("controls").hidden = false;
    showControls();
    written();
    return true;
  }

  function showControls() {
    const controls = part("controls").elements;
    for (const name of ["model", "seed", "epoch", "digit"]) controls[name].value = state[name];
    const words = state.epoch === 0 ? "0 (before training)" : `${state.epoch} of ${manifest.lastEpoch}`;
    part("epoch").textContent = words;
    controls.epoch.setAttribute("aria-valuetext", words);
    part("fault").textContent = "";
    const { samples, trial } = manifest.training;
    part("run").textContent = `Every epoch showed the networks ${samples.toLocaleString("en-GB")} digits.`
      + (trial ? " This is a trial run: they are barely trained, and what they say is worth nothing." : "");
  }

  function failed(error) {
    if (data) showControls();
    part("fault").textContent = error.message;
  }
  const choose = (change) => select(change).catch(failed);

  async function apply(texts) {
    stop();
    try {
      const { found, flips } = understood(texts);
      if (await select(found, flips)) link.write(); // all of it, in place of what was asked for
    } catch (error) {
      if (!data) await choose(understood({}).found);
      failed(error);
    }
  }

  function showLines() {
    if (!data) return;
    part("lines").open = unit !== null;
    if (unit) unit = views.lines.show(data, weights, unit);
  }

  // The reader's own choice of a unit, or of none, counts for more than that of an address that is on its way.
  function chooseUnit(chosen) {
    unit = chosen;
    delete wanted.unit;
    showLines();
    written();
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    part("play").textContent = still.matches ? "Next epoch" : "Play the epochs";
  }

  function buildPlayer() {
    const button = part("play");
    const step = async () => {
      await choose({ epoch: state.epoch === manifest.lastEpoch ? 0 : state.epoch + 1 });
      if (state.epoch === manifest.lastEpoch) stop();
    };
    button.addEventListener("click", () => {
      if (playing) return stop();
      step();
      if (still.matches) return undefined;
      playing = setInterval(step, 600);
      button.textContent = "Pause";
      return undefined;
    });
    still.addEventListener("change", stop);
    stop();
  }

  function buildControls() {
    const form = part("controls");
    const { model, seed, epoch } = form.elements;
    const option = (value, words = `${value}`) => element("option", { value }, words);
    model.append(...manifest.models.map((one) => option(one.model, `${one.model}: ${one.encoder}`)));
    seed.append(...manifest.seeds.map((one) => option(one)));
    epoch.max = manifest.lastEpoch;
    part("digits").append(...manifest.digits.map((_, digit) =>
      element("label", {}, element("input", { type: "radio", name: "digit", value: digit }), ` ${digit}`)));
    buildPlayer();
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", ({ target }) => {
      if (!(target.name in state)) return;
      stop();
      choose({ [target.name]: Number(target.value) });
    });
    part("restore").addEventListener("click", () => choose({ digit: state.digit }));
    part("search").addEventListener("click", search);
    part("link").append(linkButton(link.href));
    part("lines").addEventListener("toggle", () => {
      if (part("lines").open === (unit !== null)) return;
      chooseUnit(part("lines").open ? { layer: "", unit: 1 } : null);
    });
  }

  function start() {
    root = document.getElementById("explorer");
    if (!root) return Promise.resolve();
    if (!manifest) {
      part("fault").textContent = "The explorer's data are missing; build the book again.";
      return Promise.resolve();
    }
    const told = (words) => (part("reading").textContent = words);
    views = {
      grid: fragments.grid(part("grid"), { set, ended: () => written() }),
      probabilities: buildProbabilities(),
      layers: fragments.layers(part("layers"), { told }),
      lines: fragments.lines(part("nine"), { chosen: chooseUnit }),
    };
    link = address(entries, apply);
    buildControls();
    new MutationObserver(() => data && (views.layers.showWeights(weights), answer(), showLines()))
      .observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return apply(link.read());
  }

  const ready = new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => start().then(resolve)));
  const named = (outputs) => Object.fromEntries(outputs.map((output, k) => [data.layers[k].name, [...output]]));
  window.fragmentExplorer = {
    ready,
    select,
    toggle,
    search,
    forward: (image) => named(fragments.forward(data, weights, fragments.checked(image))),
    separations: (layer) => {
      const number = data.layers.findIndex(({ name }) => name === layer);
      return fragments.separations(data, weights, number).map((one) => [...one]);
    },
    state: () => ({ ...state, image: [...state.image] }),
  };
})();
