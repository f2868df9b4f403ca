// The page "A jump": a signal that a reader makes or draws, and what every method answers, at once.
"use strict";
(() => {
  const { address, afterwards, element, engine, indexOfMost, jump, linkButton, loader, numeral } = window.play;
  const FOLDER = new URL("data/", document.currentScript.src).href;
  const manifest = window.jumpManifest;
  const load = loader("jumpData", ({ seed }) => seed);
  const SYMBOLS = { filter: "F", "mlp-1": "1", "mlp-2": "2", "mlp-3": "3", "mlp-4": "4", "cnn-7": "c1",
    "cnn-5-7-9": "c3", bayes: "B" };
  // What may be chosen: [least, most, step]; the defaults are the study's signals.
  const RANGES = { jump: [21, 80, 1], height: [-6, 6, 0.1], rise: [1, 30, 1], noise: [0, 3, 0.05],
    draw: [1, 999999, 1] };
  const MEASURED = ["height", "rise", "noise", "seed", "example"]; // what mean errors depend on
  const SIGNALS = 600; // of which they are means, ten for every position
  const DEFAULTS = { jump: 50, height: 3, rise: 1, noise: 1, draw: 1, example: "", network: "mlp-2" };
  let state, data, board, answers, layers, link, root;
  let wanted; // what was chosen last: what is shown, or more than that while its seed is on its way
  const part = (name) => root.querySelector(`[data-part="${name}"]`);

  // ---- what is shown, as text ----

  function entries() {
    if (!state) return null;
    const { seed, jump: at, height, rise, noise, draw, example, network, drawn } = state;
    return { seed, jump: at, height, rise, noise, draw, example, network, drawn: jump.encode(drawn) };
  }

  const examples = () => ["", ...manifest.designs.map((_, k) => `design-${k + 1}`),
    ...Array.from({ length: manifest.examples }, (_, k) => `test-${k + 1}`)];

  // A state from the texts of an address, with sentences on those that cannot be; these are as at the beginning.
  function understood(texts) {
    const faults = [];
    const found = { ...DEFAULTS, seed: manifest.seeds[0], drawn: new Map() };
    const refuse = (name, allowed) => faults.push(`The address has ${name} = ${texts[name]}; allowed is ${allowed}.`);
    for (const [name, [least, most, step]] of Object.entries(RANGES)) {
      if (texts[name] === undefined) continue;
      const value = numeral(texts[name]);
      const whole = step >= 1;
      if (value >= least && value <= most && (!whole || Number.isInteger(value))) found[name] = value;
      else refuse(name, `${whole ? "a whole number" : "a number"} from ${least} to ${most}`);
    }
    const networks = manifest.networks.map(({ key }) => key);
    const choices = { seed: manifest.seeds.map(String), network: networks, example: examples() };
    for (const [name, allowed] of Object.entries(choices)) {
      if (texts[name] === undefined) continue;
      if (allowed.includes(texts[name])) found[name] = texts[name];
      else refuse(name, name === "example" ? `design-1 to ${allowed.at(-1)}` : allowed.join(", "));
    }
    found.seed = Number(found.seed);
    const drawn = jump.decode(texts.drawn ?? "", manifest.task.length);
    if (drawn) found.drawn = drawn;
    else faults.push("The drawn points of the address are damaged and left out.");
    return { found, faults };
  }

  // ---- signal and answers ----

  function example() {
    const [kind, number] = state.example.split("-");
    if (!kind) return null;
    const { task } = manifest;
    if (kind === "design") return { ...manifest.designs[number - 1], noise: task.noise_before };
    const from = data.numbers.length - (manifest.examples - number + 1) * task.length;
    const values = data.numbers.subarray(from, from + task.length);
    return { values, jump: data.jumps[number - 1], noise: task.noise_before };
  }

  function outputsOf(x) {
    let from = 0;
    return manifest.networks.map(({ layers: described }) => {
      const weights = engine.parameters(described, data.numbers, from);
      from += engine.size(described);
      return engine.forward(described, weights, x, [1, x.length]);
    });
  }

  // Bayes knows the signal's height and noise; without noise there is nothing left to weigh, so that it takes a little.
  const known = (shown) => ({
    first: manifest.task.first,
    last: manifest.task.last,
    height: shown ? manifest.task.jump : state.height,
    noise: Math.max(0.05, shown ? shown.noise : state.noise),
  });

  function compute(x, shown) {
    const outputs = outputsOf(x);
    const filter = jump.filter(x, manifest.detector);
    const bayes = jump.bayes(x, known(shown));
    const all = [
      { position: filter.position, values: filter.response },
      ...outputs.map((one) => ({ position: manifest.task.first + indexOfMost(one.at(-1)), values: one.at(-1) })),
      { position: bayes.position, values: bayes.probability },
    ];
    return { outputs, all };
  }

  // The mean distance of each method's answer from the jump, over new signals with the height, rise and noise that are
  // set, whose jumps may be anywhere: as the study's tables have it.
  function meanErrors(count) {
    const { first, last, length } = manifest.task;
    const sums = methods().map(() => 0);
    for (let k = 0; k < count; k++) {
      const at = first + (k % (last - first + 1));
      const x = jump.signal({ ...state, jump: at, draw: 1_000_000 + k, drawn: new Map() }, length, null);
      compute(x, null).all.forEach(({ position }, method) => (sums[method] += Math.abs(position - at)));
    }
    return sums.map((sum) => sum / count);
  }

  const methods = () => [
    { key: "filter", title: "Derivative filter" },
    ...manifest.networks,
    { key: "bayes", title: "Bayes: the limit" },
  ].map((method) => ({ ...method, symbol: SYMBOLS[method.key] }));

  function show() {
    const shown = example();
    const truth = shown?.jump ?? state.jump;
    const x = jump.signal(state, manifest.task.length, shown?.values);
    const { outputs, all } = compute(x, shown);
    const named = methods().map(({ symbol, title }, k) => ({ symbol, title, position: all[k].position }));
    board.show(x, { ownPlaces: state.drawn, answers: named, truth });
    answers.show(all, truth);
    const number = manifest.networks.findIndex(({ key }) => key === state.network);
    layers.show(manifest.networks[number], outputs[number]);
    spoken(`The jump is at ${truth}. ${named.map(({ title, position }) => `${title}: ${position}`).join(", ")}.`);
  }

  const spoken = afterwards((words) => (part("answer").textContent = words), 400);

  // ---- choosing ----

  const form = () => root.querySelector("form").elements;

  function showControls() {
    const fields = form();
    fields.seed.value = wanted.seed;
    for (const name of [...Object.keys(RANGES), "example"]) {
      fields[name].value = state[name];
      const words = root.querySelector(`[data-of="${name}"]`);
      if (words) words.textContent = name === "rise" && state.rise === 1 ? "1 (a step)" : state[name];
    }
    answers.choose(state.network);
    part("clear").disabled = state.drawn.size === 0;
    const { signals, epochs, trial } = manifest.training;
    const best = manifest.networks.map(({ key }) => data.bestEpochs[key]).join(", ");
    const [many, long] = [signals, epochs].map((count) => count.toLocaleString("en-GB"));
    part("run").textContent = `The networks of seed ${state.seed} were trained with ${many} signals for at most `
      + `${long} epochs; kept are those of epochs ${best}.`
      + (trial ? " This is a trial run: the networks are barely trained, and their answers are worth nothing." : "");
  }

  // A state with what is named changed; points, [[place, value], ...], are drawn over what was drawn.
  const changedBy = (from, { points = [], ...changed }) => {
    const next = { ...from, ...changed };
    return { ...next, drawn: new Map([...next.drawn, ...points]) };
  };

  function display(next) {
    if (MEASURED.some((name) => next[name] !== state?.[name])) answers.showMeans(null);
    state = next;
    part("fault").textContent = "";
    root.querySelector("form").hidden = false;
    showControls();
    show();
  }

  // Change what is named. Only another seed has to be waited for: what is changed meanwhile is shown with the seed that
  // is there, and is kept when the other comes. Resolves to whether it is shown; not so if another seed was chosen then.
  async function change(changed) {
    const next = (wanted = changedBy(wanted, changed));
    if (next.seed !== data?.seed) {
      if (state && !("seed" in changed)) display(changedBy(state, changed));
      let loaded;
      try {
        loaded = await load(next.seed, `${FOLDER}seed-${next.seed}.js`, `seed ${next.seed}`);
      } catch (error) {
        if (wanted !== next) return false;
        wanted = state ?? next;
        throw error;
      }
      if (wanted !== next) return false;
      data = loaded;
    }
    display(next);
    link.soon();
    return true;
  }

  function failed({ message }) {
    if (state) showControls();
    part("fault").textContent = message;
  }
  const choose = (changed) => change(changed).catch(failed);

  // A signal that is made here, with what is named.
  const made = (changed) => choose({ ...changed, example: "" });

  async function apply(texts) {
    const { found, faults } = understood(texts);
    try {
      if (!(await change(found))) return;
      link.write(); // all of it, in place of what was asked for
      if (faults.length) part("fault").textContent = faults.join(" ");
    } catch (error) {
      const [first] = manifest.seeds;
      if (!data && found.seed !== first) await choose({ seed: first });
      failed(error);
    }
  }

  function buildControls() {
    const fields = form();
    for (const [name, [least, most, step]] of Object.entries(RANGES)) {
      Object.assign(fields[name], { min: least, max: most, step });
    }
    fields.seed.append(...manifest.seeds.map((seed) => element("option", { value: seed }, `${seed}`)));
    const options = (kind, names) => names.map((name, k) => element("option", { value: `${kind}-${k + 1}` }, name));
    const designs = manifest.designs.map(({ name }) => name);
    const tests = Array.from({ length: manifest.examples }, (_, k) => `test signal ${k + 1}`);
    fields.example.append(element("option", { value: "" }, "made here"),
      element("optgroup", { label: "Figure 7.1: only the rise is shared" }, ...options("design", designs)),
      element("optgroup", { label: "Test signals of this seed" }, ...options("test", tests)));
    root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    root.querySelector("form").addEventListener("input", ({ target }) => {
      const { name, value } = target;
      if (name === "example") choose({ example: value, drawn: new Map() });
      else if (name === "seed") choose({ seed: Number(value) });
      else if (name in RANGES && target.validity.valid && value !== "") made({ [name]: Number(value) });
    });
    const most = RANGES.draw[1];
    part("noise").addEventListener("click", () => made({ draw: 1 + Math.floor(Math.random() * most) }));
    part("clear").addEventListener("click", () => choose({ drawn: new Map() }));
    part("reset").addEventListener("click", () => choose({ ...DEFAULTS, drawn: new Map() }));
    part("many").addEventListener("click", () => state && answers.showMeans(meanErrors(SIGNALS)));
    part("tools").append(linkButton(link.href));
  }

  function start() {
    root = document.getElementById("jump");
    if (!root) return Promise.resolve();
    if (!manifest) {
      part("fault").textContent = "The data of this page are missing; build the book again.";
      return Promise.resolve();
    }
    const told = (words) => (part("reading").textContent = words);
    board = jump.board(part("board"), {
      length: manifest.task.length,
      drawn: (points) => choose({ points }),
      moved: (at) => made({ jump: Math.max(RANGES.jump[0], Math.min(RANGES.jump[1], at)) }),
    });
    answers = jump.answers({ rows: part("methods"), table: part("table"), told }, methods(),
      { task: manifest.task, chosen: (network) => choose({ network }) });
    layers = jump.layers(part("layers"), { told, first: manifest.task.first });
    link = address(entries, apply);
    buildControls();
    return apply(link.read());
  }

  const ready = new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => start().then(resolve)));
  window.jumpPlayground = {
    ready,
    change,
    meanErrors,
    state: () => ({ ...state, drawn: [...state.drawn] }),
    signal: () => [...jump.signal(state, manifest.task.length, example()?.values)],
    forward: (x) => Object.fromEntries(outputsOf(Float32Array.from(x)).map((outputs, k) =>
      [manifest.networks[k].key, outputs.map((values) => [...values])])),
    filter: (x) => jump.filter(Float32Array.from(x), manifest.detector),
    bayes: (x, { height, noise }) => {
      const { first, last } = manifest.task;
      return jump.bayes(Float32Array.from(x), { first, last, height, noise });
    },
  };
})();
