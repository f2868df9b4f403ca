// The activations of every layer of one network, a row of bars each; a unit's value can be read.
"use strict";
(() => {
  const { element, number, strip, jump } = window.play;

  jump.layers = (section, { told, first }) => {
    let shown = null; // the key of the network whose rows stand
    let views = [];

    function build({ key, title, layers }) {
      shown = key;
      section.replaceChildren();
      views = layers.map((layer) => {
        const last = layer.activation === "softmax";
        const word = layer.kind === "conv1d" ? "point" : "unit";
        const place = (k) => (last ? `position ${first + k}` : `${word} ${k + 1}`);
        const say = (k, value) => `${layer.title}, ${place(k)}: ${number(value)}`;
        const plot = strip({ label: `${title}, ${layer.title}`, say, told });
        const words = element("p");
        section.append(element("section", { className: "layer" }, element("h3", {}, layer.title), words, plot.body));
        return { layer, plot, words };
      });
    }

    function show(network, outputs) {
      if (network.key !== shown) build(network);
      views.forEach(({ layer, plot, words }, k) => {
        const values = outputs[k];
        plot.show(values);
        const most = values.reduce((top, value) => Math.max(top, value), -Infinity);
        const least = values.reduce((low, value) => Math.min(low, value), Infinity);
        const active = values.reduce((count, value) => count + (value > 0), 0);
        words.textContent = layer.activation === "relu"
          ? `${active} of ${values.length} units active; the strongest gives ${number(most)}.`
          : `From ${number(least)} to ${number(most)}.`;
      });
    }
    return { show };
  };
})();
