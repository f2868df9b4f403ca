// Everything that is known of one unit: its name and pictures at once, what lies below them in the next frame.
"use strict";
(() => {
  const { about, element, number, percent, plural } = window.unitExplorer.dom;
  const { activations } = window.unitExplorer.charts;
  const { sprite } = window.unitExplorer.sprites;
  const { NONE, unitOf } = window.unitExplorer.data;
  const { format } = window.unitExplorer.address;
  const X = window.unitExplorer;
  const LARGE = 168, PATCH = 84, SMALL = 72, KERNEL = 34;

  const figure = (picture, words, attributes = {}) =>
    picture && element("figure", attributes, picture, element("figcaption", {}, words));
  const section = (title, wide, ...children) => {
    const inside = children.flat().filter(Boolean);
    return inside.length ? element("section", { class: wide && "wide" }, element("h3", {}, title), inside) : null;
  };
  // What is wider than a phone scrolls in itself, also with the keyboard.
  const strip = (label, children) => {
    const inside = children.filter(Boolean);
    if (!inside.length) return null;
    return element("div", { class: "unit-strip", tabindex: 0, role: "group", "aria-label": label }, inside);
  };

  function where(layer, unit) {
    const { described, network } = layer;
    const place = network.layers.indexOf(described) + 1;
    const size = described.kernel?.join(" × ");
    const kernel = size && `kernels of ${size} over ${plural(described.channels, "channel")}`;
    const counted = X.record.numberInBlock(layer, unit);
    const whole = counted === null ? null : `unit ${counted} of ${described.block}`;
    const parts = [network.title, whole, `layer ${place} of ${network.layers.length}`, plural(layer.units, "unit"), kernel];
    return parts.filter(Boolean).join(" · ");
  }

  // A unit that never answers, or, where no ReLU follows, only with numbers below 0.
  function silentNotice(layer, unit) {
    const of = `all ${layer.raw.activeOf ?? "images"} that were looked at`;
    const asks = "An optimised image shows what its weights ask for, not what it has ever answered to.";
    if (layer.dead(unit)) {
      return element("p", { class: "unit-notice" }, element("strong", {}, "⊘ Dead unit. "),
        `Its activation is 0 on ${of}. ${asks}`);
    }
    return layer.active(unit) === 0 ? element("p", { class: "unit-notice" },
      element("strong", {}, "Never above 0. "), `Its activation is 0 or below on ${of}. ${asks}`) : null;
  }

  function pictures(layer, unit, narrow) {
    const size = narrow ? LARGE * 0.75 : LARGE;
    const one = (kind, words) => figure(sprite(layer, kind, unit, size, 0, `${words} of unit ${unit}`), words);
    const both = [one("maximum", "optimised image"), one("minimum", "its opposite")].filter(Boolean);
    return both.length ? section("What it looks for", false, element("div", { class: "unit-pictures" }, both)) : null;
  }

  function strongest(layer, unit, images, narrow) {
    const values = layer.row("top.values", "f32", unit, 9);
    if (!values || Number.isNaN(values[0])) return null;
    const names = layer.row("top.names", "u32", unit, 9);
    const size = narrow ? PATCH * 0.6 : PATCH;
    const items = Array.from(values, (value, k) => {
      if (Number.isNaN(value)) return null;
      const name = images?.names[names[k]] ?? "", of = images?.classes?.[names[k]] ?? "";
      return element("li", { style: { width: `${size}px` } },
        sprite(layer, "strongest", unit, size, k, `patch ${k + 1}`),
        element("span", { class: "value" }, number(value)),
        of ? element("span", { class: "class", title: of }, of) : null,
        name ? element("span", { class: "file", title: name }, name) : null);
    });
    const hidden = !layer.has("strongest") && layer.network.published;
    return section("Strongest patches", true, element("ol", { class: "unit-patches" }, items.filter(Boolean)),
      hidden ? element("p", { class: "meaning" }, "A published book shows no photographs; your own does.") : null);
  }

  function range(layer, unit, images) {
    const quantiles = layer.raw.range?.quantiles;
    const values = quantiles && layer.row("range.values", "f32", unit, quantiles.length);
    if (!values) return null;
    const names = layer.row("range.names", "u32", unit, quantiles.length);
    const words = (share) => ({ 0: "least", 1: "most" })[share] ?? `${Number((100 * share).toPrecision(3))}%`;
    const each = quantiles.map((share, k) => element("figure", { title: (names && images?.names[names[k]]) || null },
      sprite(layer, "range", unit, SMALL, k, `image at the quantile ${share}`),
      element("figcaption", {}, element("span", {}, words(share)),
        element("span", { class: "value" }, number(values[k])))));
    return section("The whole range of its activations", true, strip("From the least to the largest activation", each));
  }

  function histogram(layer, unit) {
    const found = layer.raw.histogram;
    if (!found) return null;
    const own = typeof found.edges === "string";
    const bins = own ? layer.array("edges", found.edges, "f32").length / layer.units - 1 : found.edges.length - 1;
    const edges = own ? layer.row("histogram.edges", "f32", unit, bins + 1) : found.edges;
    const counts = layer.row("histogram.counts", "u16", unit, bins);
    const share = layer.active(unit);
    const of = layer.raw.activeOf ?? "images";
    if (counts.some(Boolean)) return section("Activations", false, activations(edges, counts, share, of));
    if (Number.isNaN(share)) return null;
    return section("Activations", false, element("p", {}, `Active on ${percent(share)} of the ${of}.`));
  }

  // What a kernel reads: a unit, to which it links, or a channel.
  function reads(layer, unit, k, across, other) {
    const channel = layer.row("sheets.kernels.channels", "u32", unit, across)?.[k];
    if (channel === undefined) return [layer.raw.sheets.kernels.words?.[k] ?? "", `kernel ${k + 1}`];
    if (channel === NONE.u32) return ["", ""];
    const of = layer.row("sheets.kernels.units", "u32", unit, across)?.[k];
    const found = of === undefined ? null : unitOf(layer.network, of);
    if (!found) return [`${channel}`, `kernel over channel ${channel}`];
    const name = `${found.layer}/${found.unit}`;
    const href = format({ ...found, with: other });
    return [element("a", { href, title: name, "aria-label": name }, `${found.unit}`), `kernel over ${name}`];
  }

  function kernels(layer, unit, other) {
    const sheet = layer.sheet("kernels", unit);
    const mean = figure(sprite(layer, "mean_kernel", unit, PATCH, 0, `mean kernel of unit ${unit}`), "mean");
    const each = Array.from({ length: sheet?.across ?? 0 }, (_, k) => {
      const [caption, words] = reads(layer, unit, k, sheet.across, other);
      return words && figure(sprite(layer, "kernels", unit, KERNEL, k, words), caption);
    });
    if (!mean && !sheet) {
      const single = layer.described.kernel?.every((side) => side === 1);
      return single ? section("Kernels", true, element("p", { class: "meaning" },
        "Its kernels are 1 × 1: one weight for each channel, so that there is nothing to draw.")) : null;
    }
    const row = element("div", { class: "unit-kernels" }, mean, strip("Kernels", each));
    const words = element("p", { class: "meaning" }, "Below each kernel: the unit that it reads.");
    return section("Kernels and their mean", true, row, sheet?.channels ? words : null);
  }

  const sections = (list) => element("div", { class: "unit-sections" }, list.filter(Boolean));
  const add = (place, ...parts) => place.append(...parts.filter(Boolean));

  // Its name and its pictures. narrow: another stands beside it on a phone.
  function head(layer, unit, { images, narrow }) {
    return [
      element("header", {},
        element("h2", { tabindex: -1 }, `${layer.name}/`, element("span", { class: "unit-number" }, `${unit}`)),
        element("p", { class: "where" }, where(layer, unit))),
      element("p", { class: "unit-about" }, about(layer.network)),
      silentNotice(layer, unit),
      sections([
        pictures(layer, unit, narrow),
        histogram(layer, unit),
        strongest(layer, unit, images, narrow),
        range(layer, unit, images),
      ]),
    ];
  }

  // What belongs to it. images, claims: of its network, or nothing; other: the unit that stays beside it.
  const rest = (layer, unit, { images, claims, other }) => sections([
    X.neighbours.neighbours(layer, unit, other),
    X.neighbours.claims(claims),
    X.record.section(layer, unit, images, claims),
  ]);

  const article = (layer, unit, ...inside) =>
    element("article", { class: "unit-view", "aria-label": `Unit ${unit} of ${layer.name}` }, ...inside);

  // Both give what is shown first, and a function that adds what lies below.
  function unitView({ layer, unit, ...known }) {
    const whole = article(layer, unit, head(layer, unit, known));
    const complete = () => {
      add(whole.lastElementChild, kernels(layer, unit, known.other));
      add(whole, X.measures.measures(layer, unit, known.book), rest(layer, unit, known));
    };
    return { first: [whole], complete };
  }

  // Two units: their pictures beside each other, then their measures in one table, then the rest.
  function twoUnits(panes) {
    const side = (part) => element("div", { class: "unit-panes" },
      panes.map(({ layer, unit, ...known }) => article(layer, unit, part(layer, unit, known))));
    const top = side(head);
    const complete = () => {
      panes.forEach(({ layer, unit, other }, k) =>
        add(top.children[k].lastElementChild, kernels(layer, unit, other)));
      const shared = X.measures.sharedMeasures(panes.map(({ layer, unit }) => [layer, unit]), panes[0].book);
      top.after(...[shared, side(rest)].filter(Boolean));
    };
    return { first: [top], complete };
  }

  Object.assign(window.unitExplorer, { unitView, twoUnits });
})();
