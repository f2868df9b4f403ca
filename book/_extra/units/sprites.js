// Pictures of units: parts of the sheets, as backgrounds of small boxes. A sheet is loaded when a box shows it.
"use strict";
(() => {
  const { element } = window.unitExplorer.dom;
  const { fileUrl } = window.unitExplorer.data;
  const SHARP = new Set(["kernels", "mean_kernel"]); // few pixels each, shown as squares
  const FOUR = [0, 1, 2, 3];

  // One tile of a unit's row, `size` pixels wide; null if the unit has none. Words make it a picture of its own.
  function sprite(layer, kind, unit, size, column = 0, words = "") {
    const sheet = layer.sheet(kind, unit);
    if (!sheet || column >= sheet.across) return null;
    const file = Math.floor(sheet.row / sheet.perFile);
    const row = sheet.row % sheet.perFile;
    return element("span", {
      class: SHARP.has(kind) ? "unit-sprite sharp" : "unit-sprite",
      role: words ? "img" : "presentation",
      "aria-label": words || null,
      style: {
        width: `${size}px`,
        height: `${size}px`,
        backgroundImage: `url("${fileUrl(sheet.files.replace("{n}", file))}")`,
        backgroundSize: `${sheet.across * size}px auto`,
        backgroundPosition: `${-column * size}px ${-row * size}px`,
      },
    });
  }

  const KINDS = [
    ["maximum", "optimised image"], ["strongest", "strongest patches"], ["minimum", "opposite of the optimised image"],
    ["mean_kernel", "mean kernel"],
  ];
  const choices = (layer) => KINDS.filter(([kind]) => layer.has(kind));

  // The picture that stands for a unit: what was asked for, if the layer has it, else the best there is.
  function portrait(layer, unit, size, wanted = null) {
    const order = wanted && layer.has(wanted) ? [wanted] : ["maximum", "strongest", "mean_kernel"];
    const kind = order.find((one) => layer.sheet(one, unit));
    if (kind && kind !== "strongest") return sprite(layer, kind, unit, size);
    const inside = kind ? FOUR.map((column) => sprite(layer, kind, unit, size / 2, column))
      : element("span", { class: "no-picture" }, "no picture");
    return element("span", { class: "unit-portrait", style: { width: `${size}px`, height: `${size}px` } }, inside);
  }

  window.unitExplorer.sprites = { KINDS, sprite, portrait, choices };
})();
