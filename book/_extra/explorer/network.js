// The networks of the net fragments study in the page: their data, and their answer to an image of 9 x 9 pixels.
"use strict";
(() => {
  const { engine, loader } = window.play;
  const SIDE = 9;
  const FOLDER = new URL("data/", document.currentScript.src).href;
  const manifest = window.fragmentManifest;
  const load = loader("fragmentData", ({ model, seed }) => `${model}/${seed}`);
  const fragments = (window.play.fragments = { SIDE, manifest });

  // The data of a model and a seed, all epochs.
  fragments.load = (model, seed) =>
    load(`${model}/${seed}`, `${FOLDER}model-${model}-seed-${seed}.js`, `model ${model}, seed ${seed},`);

  // The weights of each layer after an epoch.
  fragments.weights = (data, epoch) => {
    if (!Number.isInteger(epoch) || epoch < 0 || epoch >= data.epochs) {
      throw new Error(`Epoch ${epoch} was not stored; stored are 0 (before training) to ${data.epochs - 1}.`);
    }
    return engine.parameters(data.layers, data.numbers, epoch * data.numbersPerEpoch);
  };

  // The output of every layer for an image of 81 pixels, row by row.
  fragments.forward = (data, weights, image) => engine.forward(data.layers, weights, image, [1, SIDE, SIDE]);

  fragments.checked = (image) => {
    if (image.length !== SIDE * SIDE) {
      throw new Error(`An image is ${SIDE} x ${SIDE} pixels; this one has ${image.length} numbers.`);
    }
    const other = Array.from(image).find((value) => value !== 0 && value !== 1);
    if (other !== undefined) throw new Error(`A pixel is 0 or 1; this image holds ${other}.`);
    return image;
  };

  // Raise an error, in one sentence, for what is not stored.
  fragments.check = ({ model, seed, epoch, digit }) => {
    const { models, seeds, lastEpoch, digits } = manifest;
    if (!models.some((one) => one.model === model)) {
      throw new Error(`Model ${model} is not in table 4.1; allowed is a whole number from 1 to ${models.length}.`);
    }
    if (!seeds.includes(seed)) throw new Error(`Seed ${seed} is not stored; stored are ${seeds.join(", ")}.`);
    if (!Number.isInteger(epoch) || epoch < 0 || epoch > lastEpoch) {
      throw new Error(`Epoch ${epoch} was not stored; stored are 0 (before training) to ${lastEpoch}.`);
    }
    if (!digits[digit]) throw new Error(`Digit ${digit} is not one of 0 to 9.`);
  };

  // The layers whose units may stand for lines.
  fragments.withLines = ({ layers }) => layers.filter(({ kind, name }) => kind !== "maxpool2d" && name !== "classes");

  // Raise an error, in one sentence, for a unit that a model has not. layer: by name; unit: counted from 1.
  fragments.checkUnit = (data, { layer, unit }) => {
    const counts = fragments.withLines(data).map(({ name, shape }) => [name, shape.reduce((all, one) => all * one)]);
    if (counts.some(([name, count]) => name === layer && unit >= 1 && unit <= count)) return;
    const allowed = counts.map(([name, count]) => `${name}-1 to ${name}-${count}`).join(", ");
    throw new Error(`Model ${data.model} has no unit ${layer}-${unit}; allowed are ${allowed}.`);
  };

  // The digits that differ from an image in the fewest pixels, and in how many.
  fragments.nearest = (image) => {
    const distance = manifest.digits.map((digit) => digit.reduce((sum, value, k) => sum + (value !== image[k]), 0));
    const least = Math.min(...distance);
    return { digits: distance.flatMap((value, digit) => (value === least ? [digit] : [])), least };
  };

  fragments.pixelName = (k) => `row ${Math.floor(k / SIDE) + 1}, column ${(k % SIDE) + 1}`;

  // Units without places stand in a row; the 81 of model 10 in a square, to save room.
  fragments.asMaps = (shape) =>
    (shape.length === 3 ? shape : shape[0] === SIDE * SIDE ? [1, SIDE, SIDE] : [1, 1, shape[0]]);

  // The name of a unit of a layer, by its number in the layer's output.
  fragments.unitName = (layer, k) => {
    if (layer.name === "classes") return `class ${k}`;
    if (layer.shape.length === 1) return `unit ${k + 1}`;
    const [, rows, columns] = layer.shape;
    const place = k % (rows * columns);
    const channel = `channel ${Math.floor(k / (rows * columns)) + 1}`;
    return `${channel}, row ${Math.floor(place / columns) + 1}, column ${(place % columns) + 1}`;
  };
})();
