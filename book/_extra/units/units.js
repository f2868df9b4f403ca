// The unit explorer: reads the address, loads what it names, and shows one grid of units or two, one unit or two.
"use strict";
(() => {
  const X = window.unitExplorer;
  const { element, button } = X.dom;
  const { first, format, read, same, WrongAddress } = X.address;
  const root = document.getElementById("units");
  const book = root.hasAttribute("data-book");
  let networks, view, latest = 0, from = null; // from: the last view of a grid
  let tools, grids, controls;
  const orders = new Map(); // address of a layer -> the numbers of its units as its grid showed them last
  const about = element("p", { class: "unit-about" });
  const scrolled = new Map(); // address -> where its grid was scrolled to

  const reading = (place) => networks.find((one) => one.id === place.network);
  const network = () => reading(view);
  const described = (place) => reading(place).layers.find((one) => one.name === place.layer);
  const layerOf = (place) => X.data.loadLayer(reading(place), described(place));
  const sameLayer = (one, other) => one?.network === other?.network && one?.layer === other?.layer;
  const layerAlone = (place) => ({ network: place.network, layer: place.layer });
  const unitAlone = (place) => ({ ...layerAlone(place), unit: place.unit });
  const layerBeside = (grid) => (grid?.with && grid.with.unit === undefined ? grid.with : null);
  // The grid of a view's layer, sorted and filtered as it was when it was left, alone or with the other beside it.
  function itsGrid(now) {
    const left = sameLayer(from, now) || sameLayer(layerBeside(from), now) ? from : layerAlone(now);
    return { ...left, with: now.with ?? layerBeside(left) };
  }

  const readAddress = (hash) => read(hash, networks, X.sprites.KINDS);
  // A link of the page's own contents is no view.
  const elsewhere = () => {
    const id = location.hash.slice(1);
    return Boolean(id && document.getElementById(id));
  };
  // The view that was asked for last. Its data may still be on their way, and another on show.
  function wanted() {
    if (elsewhere()) return view;
    try {
      return readAddress(location.hash);
    } catch {
      return view; // the address is wrong, and said to be so
    }
  }

  // ---- going somewhere ----

  function go(next, replace = false) {
    const hash = format({ with: wanted().with, ...next });
    if (hash === location.hash) return show();
    if (!replace) {
      location.hash = hash; // the browser tells us when it is there
      return null;
    }
    history.replaceState(history.state, "", hash);
    return show();
  }
  const toGrid = () => go(itsGrid(wanted()));

  // The unit so many places on in the order of the grid that one came from, else by number.
  function along(steps) {
    const now = wanted();
    if (now.unit === undefined) return alongLayers(now, steps);
    const { units } = described(now);
    const order = orders.get(format(layerAlone(now))) ?? [];
    const at = order.indexOf(now.unit);
    const next = at < 0 ? now.unit + steps : order[(at + steps + order.length) % order.length];
    return go({ ...layerAlone(now), unit: ((next % units) + units) % units });
  }
  function alongLayers(now, steps) {
    const { layers } = reading(now);
    const at = layers.indexOf(described(now)) + steps;
    return at >= 0 && at < layers.length ? go({ ...now, layer: layers[at].name }) : false;
  }
  function random() {
    const one = reading(wanted());
    go(X.data.unitOf(one, Math.floor(Math.random() * one.units)));
  }
  function compare() {
    const now = wanted();
    if (now.with) go({ ...now, with: null });
    else if (now.unit !== undefined) go({ ...now, with: unitAlone(now) }, true);
    else return false;
    return true;
  }
  const swap = () => go({ ...view.with, with: unitAlone(view) });

  // ---- the frame ----

  function frame() {
    const select = (label, change) => {
      const made = element("select", { change: () => change(made.value) });
      return [made, element("label", {}, element("span", {}, `${label} `), made)];
    };
    const [which, whichLabel] = select("Network", (id) => go(first(reading({ network: id }))));
    const [layers, layersLabel] = select("Layer", (name) =>
      go(view.unit === undefined ? { ...view, layer: name } : { network: view.network, layer: name }));
    which.append(...networks.map(({ id, title }) => element("option", { value: id }, title)));
    whichLabel.hidden = networks.length === 1;
    const [besides, besidesLabel] = select("Beside", (address) =>
      go({ ...view, with: address ? layerAlone(readAddress(address)) : null }));
    besides.append(element("option", { value: "" }, "nothing beside"), ...networks.map(({ id, title, layers: list }) =>
      element("optgroup", { label: title }, list.map(({ name, units }) =>
        element("option", { value: format({ network: id, layer: name }) }, `${name} (${units})`)))));
    const field = X.search(networks, () => ({ network: network(), layer: view.layer }), (place) => go({ ...place }));
    const keys = X.keyboard({
      next: () => along(1), previous: () => along(-1), random, grid: toGrid, compare, search: field.focus,
      right: () => (wanted().unit === undefined ? false : along(1)),
      left: () => (wanted().unit === undefined ? false : along(-1)),
    });
    const status = element("p", { role: "status", class: "unit-status" });
    const pinned = element("p", { class: "unit-pinned", hidden: true });
    const main = element("div", { class: "unit-main" });
    const bar = element("div", { class: "unit-bar" }, whichLabel, layersLabel, besidesLabel, field.root,
      element("span", { class: "unit-buttons" },
        button("Random", random), button("Keys", keys.help, { "aria-haspopup": "dialog" })));
    const fault = element("div", { class: "unit-fault", role: "alert" });
    root.replaceChildren(bar, status, pinned, fault, main, keys.dialog);
    grids = X.grids();
    controls = X.filters.controls((part, replace) => go({ ...wanted(), ...part }, replace));
    return { which, layers, besides, besidesLabel, status, pinned, fault, main };
  }

  // The network and the layer in the bar, and the layer beside.
  function showPlace() {
    tools.which.value = view.network;
    showLayers();
    tools.layers.value = view.layer;
    tools.besidesLabel.hidden = view.unit !== undefined;
    const beside = layerBeside(view);
    tools.besides.value = beside ? format(beside) : "";
  }
  function showLayers() {
    if (tools.layers.dataset.network === view.network) return;
    tools.layers.dataset.network = view.network;
    const option = ({ name, units }) => element("option", { value: name }, `${name} (${units})`);
    const blocks = new Map();
    for (const one of network().layers) {
      if (!blocks.has(one.block ?? "")) blocks.set(one.block ?? "", []);
      blocks.get(one.block ?? "").push(option(one));
    }
    tools.layers.replaceChildren(...[...blocks].flatMap(([block, options]) =>
      (block && options.length > 1 ? [element("optgroup", { label: block }, options)] : options)));
  }

  function showPinned() {
    const pinned = view.unit === undefined && view.with?.unit !== undefined;
    tools.pinned.hidden = !pinned;
    tools.pinned.replaceChildren(...(pinned ? ["Compare with ",
      element("a", { href: format(view.with) }, `${view.with.layer}/${view.with.unit}`), ": choose another unit. ",
      button("Never mind", compare)] : []));
  }

  // ---- views ----

  function showGrids(panes) {
    const shown = panes.map(({ layer }) => {
      const kept = X.filters.chosen(layer, view.where);
      const order = X.filters.ordered(layer, view.sort, kept);
      orders.set(format(layer.address), order);
      return { layer, kept, order, words: X.filters.summary(layer, view, order) };
    });
    controls.show(view, shown[0].layer, shown[0].kept);
    if (!grids.root.isConnected) tools.main.replaceChildren(about, controls.root, grids.root);
    grids.show(view, shown);
    tools.status.classList.toggle("visually-hidden", shown.length > 1); // each grid's own words say it to the eye
    tools.status.textContent = `${shown.map(({ words }) => words).join("; beside: ")}.`;
    about.textContent = [...new Set(panes.map(({ layer }) => X.dom.about(layer.network)))].join(" ");
    from = { ...view };
  }

  function navigation() {
    const kept = view.with && same(view, view.with);
    const words = kept ? `Now choose another unit: it is shown beside ${view.layer}/${view.unit}.` : "";
    return element("nav", { class: "unit-nav", "aria-label": "Units" },
      button("‹ Previous", () => along(-1)), button("Next ›", () => along(1)),
      element("a", { class: "button", href: format(itsGrid(view)) }, "All units"),
      button(view.with ? "Stop comparing" : "Compare", compare),
      view.with && !kept ? button("Swap", swap) : null,
      element("span", { class: "unit-at" }, words));
  }

  async function extras(place) {
    const of = reading(place);
    const optional = (key) => (key ? X.data.load(key).catch(() => null) : null);
    const [images, claims] = await Promise.all([optional(`${of.id}/images`), optional(of.claims)]);
    return { images, claims: claims?.[`${place.layer}/${place.unit}`] };
  }

  function showUnits(panes) {
    const narrow = panes.length > 1 && innerWidth < 640;
    const known = panes.map(({ place, ...pane }) => ({ ...pane, unit: place.unit, book, narrow, other: view.with }));
    const { first: shown, complete } = known.length > 1 ? X.twoUnits(known) : X.unitView(known[0]);
    tools.main.replaceChildren(navigation(), ...shown);
    tools.status.classList.add("visually-hidden"); // the headings say it to the eye
    const names = panes.map(({ place, layer: one }) =>
      `Unit ${place.unit} of ${place.layer}, ${reading(place).title}${one.dead(place.unit) ? ", dead" : ""}`);
    tools.status.textContent = `${names.join(", beside: ")}.`;
    return complete;
  }

  function showFault(error) {
    tools.fault.replaceChildren();
    tools.main.replaceChildren();
    showPlace();
    tools.status.textContent = "";
    const near = error instanceof WrongAddress ? error.near : [first(networks[0])];
    const name = ({ words, network: id, layer: one, unit }) =>
      words ?? [id, one, unit].filter((part) => part !== undefined).join("/");
    tools.fault.append(element("p", {}, error.message), element("ul", {}, near.map((place) =>
      element("li", {}, element("a", { href: format(place) }, name(place))))));
  }

  // After the next frame.
  const painted = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));

  async function show() {
    if (elsewhere() && view) return;
    const ticket = ++latest;
    const before = view;
    try {
      const next = readAddress(elsewhere() ? "" : location.hash);
      const beside = next.unit === undefined ? layerBeside(next) : next.with;
      const places = beside && !same(next, beside) ? [next, beside] : [next];
      const panes = await Promise.all(places.map(async (place) => ({
        place, layer: await layerOf(place), ...(next.unit === undefined ? {} : await extras(place)),
      })));
      if (ticket !== latest) return; // something else was asked for meanwhile
      tools ??= frame(); // not before there is a view that its buttons and keys can act on
      const top = root.getBoundingClientRect().top;
      if (before && before.unit === undefined) scrolled.set(format(before), scrollY);
      view = next;
      tools.fault.replaceChildren();
      showPlace();
      showPinned();
      const complete = view.unit === undefined ? showGrids(panes) : showUnits(panes);
      if (before) settle(before, top);
      performance.mark("unit-shown");
      await painted();
      if (ticket !== latest) return;
      complete?.();
      performance.mark("unit-complete");
    } catch (error) {
      if (ticket !== latest) return;
      tools ??= frame();
      view ??= readAddress("");
      showFault(error);
    }
  }

  // Where the page is scrolled to and what has the focus, after another view than before is shown.
  function settle(before, top) {
    const typed = document.activeElement?.closest(".unit-controls, .unit-bar select");
    if (view.unit !== undefined) {
      if (top < 0) root.scrollIntoView();
      if (!typed) tools.main.querySelector("h2").focus({ preventScroll: true });
    } else if (before.unit !== undefined) {
      const place = scrolled.get(format({ ...view, with: before.with })) ?? scrolled.get(format(view));
      if (place !== undefined) scrollTo({ top: place, behavior: "instant" });
      if (orders.get(format(layerAlone(before)))?.includes(before.unit)) grids.focusUnit(before);
    }
  }

  async function start() {
    try {
      networks = await X.data.loadNetworks();
    } catch (error) {
      root.replaceChildren(element("p", { role: "alert" }, error.message));
      return;
    }
    if (!book) { // a reader's own page is called by what it shows
      document.title = `Units of ${networks.map((one) => one.title).join(" and ")}`;
      document.querySelector("h1").textContent = document.title;
    }
    root.replaceChildren(element("p", { role: "status" }, "Loading …"));
    addEventListener("hashchange", show);
    await show();
  }

  X.ready = start();
  X.go = (hash) => { location.hash = hash; };
  X.state = () => view;
  X.networks = () => networks;
})();
