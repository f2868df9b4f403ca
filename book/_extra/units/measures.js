// The measures of a unit, grouped by the page of the book that measured them, each with its place in the control.
"use strict";
(() => {
  const { element, spaced, pageTitle } = window.unitExplorer.dom;
  const { percentile } = window.unitExplorer.charts;

  function group(layer, unit, page, columns, book) {
    const title = page ? pageTitle(page) : "Measures";
    const address = `${page.split("/").map(encodeURIComponent).join("/")}.html`;
    const heading = element("h4", {}, page && book ? element("a", { href: address }, title) : title);
    return element("div", { class: "unit-group" }, heading, element("dl", {}, columns.map((column) => {
      const place = layer.percentile(column, unit);
      const value = layer.shown(column, unit);
      return element("div", { class: value === null ? "missing" : null },
        element("dt", {}, spaced(column.name)),
        element("dd", {},
          element("span", { class: "value" }, value ?? "none"),
          value !== null && column.unit ? element("span", { class: "of" }, ` ${column.unit}`) : null),
        Number.isNaN(place) ? null : element("dd", { class: "place" }, percentile(place, column.percentileOf)),
        element("dd", { class: "meaning" }, column.meaning));
    })));
  }

  function measures(layer, unit, book) {
    const pages = new Map();
    for (const column of layer.columns) {
      if (layer.network.hidden.has(column.name)) continue; // shown beside the measure that it belongs to
      const page = column.page ?? "";
      if (!pages.has(page)) pages.set(page, []);
      pages.get(page).push(column);
    }
    if (!pages.size) return null;
    const groups = [...pages].map(([page, columns]) => group(layer, unit, page, columns, book));
    const box = element("div", { class: "unit-measures" }, groups);
    const explain = element("button", {
      type: "button", "aria-pressed": "false", class: "explain",
      click: () => explain.setAttribute("aria-pressed", box.classList.toggle("explained")),
    }, "What do these mean?");
    const head = element("div", { class: "unit-head" }, element("h3", {}, "Measures"), explain);
    return element("section", { class: "wide" }, head, box);
  }

  window.unitExplorer.measures = measures;
})();
