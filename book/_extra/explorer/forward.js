// The forward pass of the networks of table 4.1, in double precision, on weights read from a data file.
// Layers are described as {name, kind: "conv" | "pool" | "dense", shape: [channels, rows, columns] or [units]}.
"use strict";
(() => {
  const SIDE = 9;

  // The weights of one epoch as views into the file's numbers, layer by layer: weight, then bias.
  function weights(data, epoch) {
    if (!Number.isInteger(epoch) || epoch < 0 || epoch >= data.epochs) {
      throw new Error(`Epoch ${epoch} was not stored; stored are 0 (before training) to ${data.epochs - 1}.`);
    }
    let at = epoch * data.numbersPerEpoch;
    const take = (count) => data.numbers.subarray(at, (at += count));
    return data.layers.map((layer) =>
      layer.kind === "pool" ? {} : { weight: take(layer.weights), bias: take(layer.biases) }
    );
  }

  function convolve(input, [channels, rows, columns], layer, { weight, bias }) {
    const [outputs, height, width] = layer.shape;
    const kernel = rows - height + 1;
    const result = new Float64Array(outputs * height * width);
    for (let o = 0, to = 0; o < outputs; o++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, to++) {
          let sum = bias[o];
          for (let c = 0, w = o * channels * kernel * kernel; c < channels; c++) {
            for (let j = 0; j < kernel; j++) {
              const from = (c * rows + y + j) * columns + x;
              for (let i = 0; i < kernel; i++, w++) sum += weight[w] * input[from + i];
            }
          }
          result[to] = Math.max(0, sum); // ReLU
        }
      }
    }
    return result;
  }

  function pool(input, [, rows, columns], layer) {
    const [channels, height, width] = layer.shape;
    const result = new Float64Array(channels * height * width);
    for (let c = 0, to = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, to++) {
          const from = (c * rows + 2 * y) * columns + 2 * x;
          result[to] = Math.max(input[from], input[from + 1], input[from + columns], input[from + columns + 1]);
        }
      }
    }
    return result;
  }

  // weight[i * units + u] leads from input i to unit u.
  function connect(input, layer, { weight, bias }) {
    const units = layer.shape[0];
    const result = Float64Array.from(bias);
    for (let i = 0, w = 0; i < input.length; i++) {
      const value = input[i];
      for (let u = 0; u < units; u++, w++) result[u] += weight[w] * value;
    }
    return layer.name === "classes" ? softmax(result) : result.map((value) => Math.max(0, value));
  }

  function softmax(logits) {
    const top = Math.max(...logits);
    const powers = logits.map((value) => Math.exp(value - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((value) => value / sum);
  }

  function checked(image) {
    if (image.length !== SIDE * SIDE) {
      throw new Error(`An image is ${SIDE} x ${SIDE} pixels; this one has ${image.length} numbers.`);
    }
    const other = Array.from(image).find((value) => value !== 0 && value !== 1);
    if (other !== undefined) throw new Error(`A pixel is 0 or 1; this image holds ${other}.`);
    return image;
  }

  // The output of every layer for an image of 81 pixels, row by row: after ReLU; probabilities at the end.
  function forward(data, epoch, image) {
    let output = checked(image);
    let shape = [1, SIDE, SIDE];
    const parameters = weights(data, epoch);
    return data.layers.map((layer, k) => {
      if (layer.kind === "conv") output = convolve(output, shape, layer, parameters[k]);
      else if (layer.kind === "pool") output = pool(output, shape, layer);
      else output = connect(output, layer, parameters[k]);
      shape = layer.shape;
      return output;
    });
  }

  window.fragmentForward = { forward, weights };
})();
