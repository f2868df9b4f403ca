// The weights of a layer: for each unit a picture of what it looks at, whose values can be read.
"use strict";
(() => {
  const { canvas: canvasOf, diverging, draw, element, fragments, number, readable } = window.play;
  const { SIDE, asMaps, unitName } = fragments;

  // The weights that lead to a unit, or to a channel of a convolution, in the order of what they look at.
  fragments.unitWeights = (layer, weight, unit) => {
    const count = weight.length / layer.shape[0];
    if (layer.kind === "conv2d") return weight.subarray(unit * count, (unit + 1) * count);
    return Float32Array.from({ length: count }, (_, i) => weight[i * layer.shape[0] + unit]);
  };

  function scaleOf(layer, shape) {
    if (layer.kind === "conv2d") return 16;
    if (shape[1] === 1) return 12;
    return layer.shape[0] > 12 ? 4 : shape[0] === 1 ? 8 : 6;
  }

  function sourceName(layer, before, k) {
    if (layer.kind !== "conv2d" && before.kind !== "image") return unitName(before, k);
    const size = layer.kind === "conv2d" ? layer.kernel : SIDE;
    const place = `row ${Math.floor((k % (size * size)) / size) + 1}, column ${(k % size) + 1}`;
    return before.shape[0] === 1 ? place : `channel ${Math.floor(k / (size * size)) + 1}, ${place}`;
  }

  // What the weights of a unit look at: pixels, the maps of the layer before, or its units.
  function pictureOf(layer, before, unit) {
    const { kernel, kind } = layer;
    const shape = kind === "conv2d" ? [before.shape[0], kernel, kernel] : asMaps(before.shape);
    const canvas = canvasOf(shape, scaleOf(layer, shape));
    const word = layer.name === "classes" ? "class" : kind === "conv2d" ? "channel" : "unit";
    const name = `${word} ${layer.name === "classes" ? unit : unit + 1}`;
    const picture = { unit, shape, canvas, name, own: [] };
    picture.say = (k) => `Weight from ${sourceName(layer, before, k)} to ${name}: ${number(picture.own[k])}`;
    return picture;
  }

  // before: the layer before, or the image; told: called with the words for the value that is read.
  fragments.weightBox = (layer, before, told) => {
    const pictures = Array.from({ length: layer.shape[0] }, (_, unit) => pictureOf(layer, before, unit));
    const strip = element("div", { className: "weights", tabIndex: 0, ariaLabel: `Weights of ${layer.title}` });
    strip.append(...pictures.map(({ canvas, name }) =>
      element("figure", {}, canvas, element("figcaption", {}, name))));
    readable(strip, pictures, told);
    const range = element("p", { className: "range" });
    const summary = element("summary", {}, "Weights");
    const body = element("details", { open: layer.kind === "conv2d" }, summary, range, strip);

    function show({ weight, bias }) {
      const reach = weight.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1;
      range.textContent = `Blue is negative, red positive; the largest is ${number(reach)} in size.`;
      for (const picture of pictures) {
        picture.own = fragments.unitWeights(layer, weight, picture.unit);
        draw(picture.canvas, picture.own, picture.shape, (value) => diverging(value / reach));
        const ends = [Math.min(...picture.own), Math.max(...picture.own)].map(number);
        const words = `from ${ends.join(" to ")}, bias ${number(bias[picture.unit])}`;
        picture.canvas.setAttribute("aria-label", `Weights of ${picture.name}: ${words}`);
      }
    }
    return { body, show };
  };
})();
