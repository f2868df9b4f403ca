// Small helpers of the unit explorer: elements, numbers in words. Names of strangers only ever become text.
"use strict";
window.unitExplorer = {};
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") made.addEventListener(name, value);
      else if (name === "style") Object.assign(made.style, value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return made;
  }
  // An attribute whose value is a function listens to the event of that name.
  const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const drawing = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  const button = (text, click, attributes = {}) => element("button", { type: "button", click, ...attributes }, text);

  function number(value) {
    if (Number.isNaN(value)) return "none";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    const text = Number.isInteger(value) && size < 1e6 ? value.toLocaleString("en-GB")
      : size !== 0 && (size < 0.001 || size >= 1e5) ? value.toExponential(2)
        : `${Number(value.toPrecision(3))}`;
    return text.replace("-", "−");
  }
  function percent(share) {
    if (share > 0 && share < 0.0005) return "less than 0.1%";
    return `${Number((100 * share).toFixed(share < 0.1 || share > 0.99 ? 1 : 0))}%`;
  }
  const plural = (count, word) => `${count.toLocaleString("en-GB")} ${word}${count === 1 ? "" : "s"}`;
  const spaced = (name) => name.replaceAll("_", " ");
  // "googlenet_neurons/04_colour_blind_units" -> "Colour blind units"
  const pageTitle = (page) => {
    const words = spaced(page.split("/").pop().replace(/^\d+_/, ""));
    return words.charAt(0).toUpperCase() + words.slice(1);
  };

  // What the numbers and pictures of a network are of.
  const about = ({ weights, images, notes }) => [weights, images, ...(notes ?? [])].filter(Boolean).join(" ");

  window.unitExplorer.dom = { about, element, drawing, button, number, percent, plural, spaced, pageTitle };
})();
