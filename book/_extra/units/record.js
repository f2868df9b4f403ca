// What a reader takes along: one line to cite a unit, and its row as JSON.
"use strict";
(() => {
  const { element, button } = window.unitExplorer.dom;
  const { format } = window.unitExplorer.address;
  const { unitOf } = window.unitExplorer.data;

  // An address that others can use: without the folders of this computer.
  const page = () => (location.protocol === "file:" ? location.pathname.split("/").pop() : location.href.split("#")[0]);
  const address = (view) => page() + format(view);

  // A unit has one name in every table, of its network and layer as tables call them.
  const named = (network, described, unit) => [network.identity, described.identity, unit].join("/");
  const nameOf = (network, { layer, unit }) =>
    named(network, network.layers.find((one) => one.name === layer), unit);
  const name = (layer, unit) => named(layer.network, layer.described, unit);
  // Its number among the units of all branches of its block, as studies count; null where there is no block.
  const numberInBlock = ({ described }, unit) =>
    (Number.isInteger(described.firstInBlock) ? described.firstInBlock + unit : null);

  // From disk the line ends in the sources' address, too, where others can find them.
  function cite(layer, unit) {
    const { network } = layer;
    const own = address({ ...layer.address, unit });
    const place = location.protocol === "file:" && network.repository ? `${own}, ${network.repository}` : own;
    return network.cite.replace("{unit}", () => name(layer, unit)).replace("{address}", () => place);
  }

  const quoted = (text) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

  const plain = (value) => (typeof value === "number" && !Number.isFinite(value) ? null : value);
  const list = (found) => (found ? Array.from(found, plain) : null);

  function record(layer, unit, images, claims) {
    const view = { ...layer.address, unit };
    const measures = Object.fromEntries(layer.columns.map((column) => {
      const value = layer.values(column.name)[unit];
      if (column.type === "text") return [column.name, layer.texts(column.name)[value] ?? null];
      return [column.name, column.type === "truth" && !Number.isNaN(value) ? Boolean(value) : plain(value)];
    }));
    // Units that belong to it, each with its numbers of these names.
    const linked = (place, width, ...names) => {
      const all = names.map((one) => [one, layer.row(`${place}.${one}`, "f32", unit, width)]);
      const columns = all.filter(([, values]) => values);
      return Array.from(layer.row(`${place}.ids`, "u32", unit, width) ?? [], (id, k) => {
        const found = unitOf(layer.network, id);
        const itsNumbers = Object.fromEntries(columns.map(([one, values]) => [one, plain(values[k])]));
        return found && { unit: nameOf(layer.network, found), ...itsNumbers };
      }).filter(Boolean);
    };
    const top = layer.row("top.names", "u32", unit, 9);
    const activations = layer.row("top.values", "f32", unit, 9);
    const quantiles = layer.raw.range?.quantiles ?? [];
    return {
      unit: name(layer, unit), network: layer.network.identity, layer: layer.described.identity, number: unit,
      block: layer.described.block, numberInBlock: numberInBlock(layer, unit), address: address(view),
      weights: layer.network.weights, images: layer.network.images,
      shareActive: plain(layer.active(unit)), measures,
      strongest: Array.from(top ?? [], (image, k) => ({
        image: images?.names[image] ?? null, class: images?.classes?.[image] || null, activation: plain(activations[k]),
      })).filter((one) => one.activation !== null),
      range: { quantiles, activations: list(layer.row("range.values", "f32", unit, quantiles.length)) },
      nearestByResponse: linked("nearest.response", 5, "likeness"),
      nearestByWeights: linked("nearest.weights", 5, "likeness"),
      fedBy: linked("fed", 6, "weight", "strength"),
      feeds: linked("feeds", 6, "weight", "strength"),
      claims: claims ?? [],
    };
  }

  function download(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = element("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  function section(layer, unit, images, claims) {
    const line = element("input", {
      readonly: true, value: cite(layer, unit), "aria-label": "How to cite this unit", focus: () => line.select(),
    });
    const copy = button("Copy", async () => {
      line.select();
      const done = await navigator.clipboard?.writeText(line.value).then(() => true, () => false);
      copy.textContent = done ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
    });
    const file = `${name(layer, unit).replaceAll(/[^\w.-]+/g, "_")}.json`;
    const save = button("Download this row (JSON)", () =>
      download(file, JSON.stringify(record(layer, unit, images, claims), null, 1)));
    const { table } = layer.network;
    const all = { href: table && encodeURIComponent(table), download: true };
    const link = table ? element("a", all, "all units (Parquet)") : null;
    return element("section", { class: "wide unit-record" }, element("h3", {}, "Cite and take along"),
      element("div", { class: "cite" }, line, copy),
      element("p", {}, save, link),
      element("div", { class: "meaning" }, "In a terminal, ",
        element("code", { style: { overflowWrap: "anywhere" } }, `make row UNIT=${quoted(name(layer, unit))}`),
        " shows its row."));
  }

  window.unitExplorer.record = { section, numberInBlock };
})();
