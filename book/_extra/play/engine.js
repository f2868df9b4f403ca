// The forward pass of every network that the book lets a reader play with, in double precision.
// A layer is {kind, shape, activation, kernel, padding, weights, biases}: kind is "dense", "conv1d", "conv2d",
// "maxpool1d" or "maxpool2d"; shape is that of its output, [units], [channels, points] or [channels, rows, columns].
"use strict";
(() => {
  const play = (window.play ??= {});

  // weight[i * units + u] leads from input i to unit u.
  function dense(input, layer, { weight, bias }) {
    const units = layer.shape[0];
    const result = Float64Array.from(bias);
    for (let i = 0, w = 0; i < input.length; i++) {
      const value = input[i];
      if (value === 0) w += units;
      else for (let u = 0; u < units; u++, w++) result[u] += weight[w] * value;
    }
    return result;
  }

  // One dimension is two with a single row. weight[output][input][row][column]; 0 lies outside the input.
  const asMaps = (shape) => (shape.length === 2 ? [shape[0], 1, shape[1]] : shape);

  function convolution(input, shape, layer, { weight, bias }) {
    const [channels, rows, columns] = asMaps(shape);
    const [outputs, height, width] = asMaps(layer.shape);
    const across = layer.kernel;
    const down = layer.kind === "conv1d" ? 1 : across;
    const left = layer.padding ?? 0;
    const above = layer.kind === "conv1d" ? 0 : left;
    const result = new Float64Array(outputs * height * width);
    for (let o = 0, to = 0; o < outputs; o++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, to++) {
          let sum = bias[o];
          for (let c = 0, w = o * channels * down * across; c < channels; c++) {
            for (let j = y - above; j < y - above + down; j++) {
              const row = (c * rows + j) * columns;
              for (let i = x - left; i < x - left + across; i++, w++) {
                if (j >= 0 && j < rows && i >= 0 && i < columns) sum += weight[w] * input[row + i];
              }
            }
          }
          result[to] = sum;
        }
      }
    }
    return result;
  }

  // Maxima over windows that do not overlap; what is left over at the edge is dropped.
  function maxima(input, shape, layer) {
    const [, rows, columns] = asMaps(shape);
    const [channels, height, width] = asMaps(layer.shape);
    const across = layer.kernel;
    const down = layer.kind === "maxpool1d" ? 1 : across;
    const result = new Float64Array(channels * height * width).fill(-Infinity);
    for (let c = 0, to = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, to++) {
          for (let j = 0; j < down; j++) {
            const from = (c * rows + y * down + j) * columns + x * across;
            for (let i = 0; i < across; i++) result[to] = Math.max(result[to], input[from + i]);
          }
        }
      }
    }
    return result;
  }

  function softmax(logits) {
    const top = logits.reduce((most, value) => Math.max(most, value), -Infinity);
    const powers = logits.map((value) => Math.exp(value - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((value) => value / sum);
  }

  const KINDS = { dense: (input, shape, ...rest) => dense(input, ...rest), conv1d: convolution, conv2d: convolution,
    maxpool1d: maxima, maxpool2d: maxima };
  const relu = (values) => values.map((value) => Math.max(0, value));
  const ACTIVATIONS = { none: (values) => values, relu, softmax };

  const size = (layers) => layers.reduce((sum, layer) => sum + (layer.weights ?? 0) + (layer.biases ?? 0), 0);

  // The weights of each layer as views into a file's numbers, from a place on: weight, then bias.
  function parameters(layers, numbers, from = 0) {
    if (from < 0 || from + size(layers) > numbers.length) {
      throw new Error(`The networks need ${size(layers)} numbers from ${from} on; there are ${numbers.length}.`);
    }
    let at = from;
    const take = (count = 0) => numbers.subarray(at, (at += count));
    return layers.map((layer) => ({ weight: take(layer.weights), bias: take(layer.biases) }));
  }

  // The output of every layer, after its activation; shape: that of the input, [units], [channels, points] or maps.
  function forward(layers, weights, input, shape) {
    const outputs = [];
    layers.forEach((layer, k) => {
      const sums = KINDS[layer.kind](input, shape, layer, weights[k]);
      input = ACTIVATIONS[layer.activation ?? "none"](sums);
      shape = layer.shape;
      outputs.push(input);
    });
    return outputs;
  }

  play.engine = { forward, parameters, size };
})();
