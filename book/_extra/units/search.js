// Search by name and number: "mixed4b_5x5/23", "4b 23", a part of a layer's name, the name of a class.
"use strict";
(() => {
  const { element, plural, spaced } = window.unitExplorer.dom;
  const { format, nearest } = window.unitExplorer.address;
  const { load, loaded, numbers, unitOf, NONE } = window.unitExplorer.data;
  const MOST = 12;
  const texts = new Map(); // network -> columns of text over all its units

  // The columns of text of a network; without a file of their own those of the loaded layers.
  async function textsOf(network) {
    if (!network.texts) {
      const column = (layer, name) =>
        ({ name, texts: layer.texts(name), codes: layer.values(name), start: layer.described.start });
      const names = network.columns.filter((one) => one.type === "text").map((one) => one.name);
      return loaded().filter((layer) => layer.network === network)
        .flatMap((layer) => names.filter((name) => layer.texts(name)).map((name) => column(layer, name)));
    }
    if (!texts.has(network.id)) {
      const columns = await load(network.texts);
      texts.set(network.id, Object.entries(columns).map(([name, column]) => ({
        name, texts: column.texts, codes: numbers(column.codes, "u16"), start: 0,
      })));
    }
    return texts.get(network.id);
  }

  const words = (query) => query.toLowerCase().split(/[\s/:]+/).filter(Boolean);

  // Places whose names fit, the likeliest first; a number alone is that of a unit of the layer on show.
  function places(query, networks, { network: here, layer: shown }) {
    const all = words(query);
    const last = all[all.length - 1] ?? "";
    const number = /^\d+$/.test(last) ? Number(last) : null;
    const names = number === null ? all : all.slice(0, -1);
    const found = [];
    if (number !== null && !names.length && number < here.layers.find((one) => one.name === shown).units) {
      const view = { network: here.id, layer: shown, unit: number };
      found.push({ rank: -1, view, text: `${shown}/${number}`, note: here.title });
    }
    for (const network of [here, ...networks.filter((one) => one !== here)]) {
      for (const layer of network.layers) {
        const full = `${network.id} ${network.title} ${layer.name}`.toLowerCase();
        const short = layer.name.toLowerCase();
        const place = { network: network.id, layer: layer.name };
        const rank = names.some((word) => word === short) ? 0 : names.every((word) => short.includes(word)) ? 1 : 2;
        if (number !== null && number < layer.units && names.length && names.every((word) => full.includes(word))) {
          found.push({ rank, view: { ...place, unit: number }, text: `${layer.name}/${number}`, note: network.title });
        }
        if (all.length && all.every((word) => full.includes(word))) {
          const note = `${network.title}, ${plural(layer.units, "unit")}`;
          found.push({ rank: rank + (number === null ? 0 : 3), view: place, text: layer.name, note });
        }
      }
    }
    return found.sort((a, b) => a.rank - b.rank);
  }

  async function classes(query, network) {
    const wanted = query.toLowerCase().trim();
    if (wanted.length < 2) return [];
    const found = [];
    for (const column of await textsOf(network).catch(() => [])) {
      const fits = column.texts.map((text) => text.toLowerCase().includes(wanted));
      if (!fits.some(Boolean)) continue;
      for (let k = 0; k < column.codes.length && found.length < MOST; k++) {
        const code = column.codes[k];
        if (code === NONE.u16 || !fits[code]) continue;
        const view = unitOf(network, column.start + k);
        found.push({ view, text: `${view.layer}/${view.unit}`, note: `${spaced(column.name)}: ${column.texts[code]}` });
      }
    }
    return found;
  }

  // The field with its suggestions. here(): the network on show and its layer's name; go(view): open one.
  function search(networks, here, go) {
    const list = element("ul", { id: "unit-suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true });
    const field = element("input", {
      type: "search", role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
      "aria-label": "Search units", placeholder: "Search: 4b 23, a class …", autocomplete: "off", spellcheck: "false",
    });
    let found = [], at = -1, asked = 0, answer = Promise.resolve();

    function close() {
      asked++; // an answer that comes later does not open the list again
      found = [];
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    }
    function mark(next) {
      list.children[at]?.setAttribute("aria-selected", "false");
      at = next;
      const item = list.children[at];
      item?.setAttribute("aria-selected", "true");
      item?.scrollIntoView({ block: "nearest" });
      if (item) field.setAttribute("aria-activedescendant", item.id);
      else field.removeAttribute("aria-activedescendant");
    }
    function open(k) {
      const choice = found[k];
      if (!choice) return;
      close();
      field.value = "";
      field.blur();
      go(choice.view);
    }
    // Whoever types faster than the names are found means what is written, not what the list shows still.
    async function openMarked() {
      const ticket = asked;
      await answer;
      if (ticket === asked) open(at);
    }
    async function suggest() {
      const query = field.value, ticket = ++asked;
      if (!query.trim()) return close();
      const named = places(query, networks, here()).slice(0, MOST);
      const inTexts = named.length < MOST ? await classes(query, here().network) : [];
      if (ticket !== asked) return;
      found = [...named, ...inTexts].slice(0, MOST);
      const none = !found.length;
      if (none) {
        const layers = here().network.layers.map((layer) => layer.name);
        found = nearest(words(query)[0] ?? "", layers).map((layer) => ({
          view: { network: here().network.id, layer }, text: layer, note: "the nearest name; nothing is called so",
        }));
      }
      list.replaceChildren(...found.map(({ text, note }, k) => element("li", {
        role: "option", id: `unit-suggestion-${k}`, "aria-selected": "false",
        mousedown: (event) => event.preventDefault(), // the field keeps the focus, so that the list stays
        click: () => open(k),
      }, element("span", { class: "name" }, text), " ", element("span", { class: "note" }, note))));
      at = -1;
      mark(none ? -1 : 0);
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
    }
    const ask = () => { answer = suggest(); };
    field.addEventListener("input", ask);
    field.addEventListener("blur", close);
    field.addEventListener("focus", () => { if (field.value) ask(); });
    field.addEventListener("keydown", (event) => {
      const moves = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in moves && !list.hidden) {
        const from = at < 0 && event.key === "ArrowUp" ? 0 : at; // up from none is the last
        mark((from + moves[event.key] + found.length) % found.length);
      }
      else if (event.key === "Enter") openMarked();
      else if (event.key === "Escape") {
        close();
        if (!field.value) field.blur();
        field.value = "";
      } else return;
      event.preventDefault();
    });
    return { root: element("div", { class: "unit-search" }, field, list), focus: () => field.focus() };
  }

  window.unitExplorer.search = search;
})();
