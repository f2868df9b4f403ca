// Units that belong to a unit: nearest by response and by weights, what feeds it, what it feeds. And claims on it.
"use strict";
(() => {
  const { element, number, percent } = window.unitExplorer.dom;
  const { portrait } = window.unitExplorer.sprites;
  const { format } = window.unitExplorer.address;
  const { known, loadLayer, unitOf } = window.unitExplorer.data;
  const SIZE = 56;
  const LISTS = [ // path in the layer's data, name of the numbers there, width, title, what the numbers are
    ["nearest.response", "likeness", 5, "Nearest by response", "likeness"],
    ["nearest.weights", "likeness", 5, "Nearest by weights", "likeness"],
    ["fed", "weight", 6, "Fed by", "share of its weights, signed sum"],
    ["feeds", "weight", 6, "Feeds", "share of that unit's weights, signed sum"],
  ];

  // A long name may break after any of its parts.
  const breakable = (text) =>
    text.match(/[^_/.]*[_/.]|[^_/.]+/g).flatMap((piece, k) => (k ? [element("wbr"), piece] : [piece]));

  function item(layer, id, value, strength, other) {
    const unit = unitOf(layer.network, id);
    if (!unit || (other && Number.isNaN(value))) return null;
    const here = known(layer.network, unit.layer);
    const picture = here ? portrait(here, unit.unit, SIZE)
      : element("span", { class: "unit-portrait", style: { width: `${SIZE}px`, height: `${SIZE}px` } });
    const name = unit.layer === layer.name ? `unit ${unit.unit}` : breakable(`${unit.layer}/${unit.unit}`);
    const sum = `${value > 0 && strength !== null ? "+" : ""}${number(value)}`;
    const made = element("li", {}, element("a", { href: format({ ...unit, with: other }) }, picture,
      element("span", { class: "name" }, name),
      strength ? element("span", { class: "value" }, percent(strength)) : null,
      element("span", { class: "value" }, sum)));
    return { made, picture, unit, here };
  }

  // Thumbnails of other layers need their data, which come after the unit itself is shown.
  async function illustrate(network, items) {
    const names = [...new Set(items.map(({ unit }) => unit.layer))];
    await Promise.all(names.map(async (name) => {
      const layer = await loadLayer(network, network.layers.find((one) => one.name === name)).catch(() => null);
      if (!layer) return;
      for (const { picture, unit } of items.filter((one) => one.unit.layer === name)) {
        picture.replaceWith(portrait(layer, unit.unit, SIZE));
      }
    }));
  }

  function neighbours(layer, unit, other) {
    const all = [];
    const lists = LISTS.map(([path, values, width, title, word]) => {
      const found = layer.row(`${path}.ids`, "u32", unit, width);
      if (!found) return null;
      const sizes = layer.row(`${path}.${values}`, "f32", unit, width);
      const strengths = layer.row(`${path}.strength`, "f32", unit, width);
      const strength = (k) => (values === "weight" ? strengths?.[k] ?? 0 : null);
      const items = Array.from(found, (id, k) => item(layer, id, sizes[k], strength(k), other)).filter(Boolean);
      if (!items.length) return null;
      all.push(...items);
      const heading = element("h4", {}, title, element("span", { class: "of" }, ` ${word}`));
      return element("div", { class: "unit-neighbours" }, heading, element("ul", {}, items.map(({ made }) => made)));
    }).filter(Boolean);
    if (!lists.length) return null;
    const waiting = all.filter(({ here }) => !here);
    if (waiting.length) setTimeout(() => illustrate(layer.network, waiting));
    return element("section", { class: "wide" }, element("h3", {}, "Units that belong to it"),
      element("div", { class: "unit-lists" }, lists));
  }

  // An address of the book, or nothing: what a file says must not lead anywhere else.
  function within(address) {
    const found = new URL(address, location.href);
    return found.protocol === location.protocol && found.host === location.host ? found.href : null;
  }

  function claims(list) {
    if (!list?.length) return null;
    const colour = (verdict) => `verdict-${verdict.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
    const items = list.map(({ statement, verdict, address }) => element("li", {},
      element("span", { class: `verdict-name ${colour(verdict)}` }, verdict), " ",
      element("a", { href: address ? within(address) : null }, statement)));
    return element("section", { class: "wide" }, element("h3", {}, "Claims that name it"),
      element("ul", { class: "unit-claims" }, items));
  }

  window.unitExplorer.neighbours = { neighbours, claims };
})();
