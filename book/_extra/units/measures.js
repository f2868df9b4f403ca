// The measures of a unit, grouped by the page of the book that measured them, each with its place in the control.
"use strict";
(() => {
  const { element, spaced, pageTitle } = window.unitExplorer.dom;
  const { percentile } = window.unitExplorer.charts;

  function heading(page, book) {
    const title = page ? pageTitle(page) : "Responses and weights"; // what no page measured
    const address = `${page.split("/").map(encodeURIComponent).join("/")}.html`;
    return page && book ? element("a", { href: address }, title) : title;
  }
  const control = (column) => (column.percentileOf ? `The control: ${column.percentileOf}.` : "");
  const missing = (layer, column, unit) => layer.shown(column, unit) === null;

  function value(layer, column, unit) {
    const shown = layer.shown(column, unit);
    return [element("span", { class: "value" }, shown ?? "none"),
      shown !== null && column.unit ? element("span", { class: "of" }, ` ${column.unit}`) : null];
  }
  function place(layer, column, unit) {
    const share = layer.percentile(column, unit);
    return Number.isNaN(share) ? null : percentile(share, column.percentileOf);
  }

  // Columns by page; those that are shown beside the measure that they belong to are left out.
  function byPage(network, columns) {
    const pages = new Map();
    for (const column of columns) {
      if (network.hidden.has(column.name)) continue;
      const page = column.page ?? "";
      if (!pages.has(page)) pages.set(page, []);
      pages.get(page).push(column);
    }
    return [...pages];
  }

  function group(layer, unit, page, columns, book) {
    const rows = columns.map((column) => {
      const bar = place(layer, column, unit);
      return element("div", {},
        element("dt", {}, spaced(column.name)), element("dd", {}, value(layer, column, unit)),
        bar && element("dd", { class: "place" }, bar), element("dd", { class: "meaning" }, column.meaning),
        bar && column.percentileOf ? element("dd", { class: "meaning" }, control(column)) : null);
    });
    return element("div", { class: "unit-group" }, element("h4", {}, heading(page, book)), element("dl", {}, rows));
  }

  function measures(layer, unit, book) {
    const pages = byPage(layer.network, layer.columns);
    if (!pages.length) return null;
    const without = pages.flatMap(([, columns]) => columns).filter((column) => missing(layer, column, unit));
    const present = pages.map(([page, columns]) => [page, columns.filter((column) => !without.includes(column))]);
    const groups = present.filter(([, columns]) => columns.length)
      .map(([page, columns]) => group(layer, unit, page, columns, book));
    const names = without.map((column) => spaced(column.name)).join(", ");
    const box = element("div", { class: "unit-measures" }, groups);
    const explain = element("button", {
      type: "button", "aria-pressed": "false", class: "explain",
      click: () => explain.setAttribute("aria-pressed", box.classList.toggle("explained")),
    }, "What do these mean?");
    const head = element("div", { class: "unit-head" }, element("h3", {}, "Measures"), explain);
    return element("section", {}, head, box,
      names ? element("p", { class: "meaning" }, `Not measured of this unit: ${names}.`) : null);
  }

  // The measures that two units share, in one table. units: pairs of a layer and a number.
  function sharedMeasures(units, book) {
    const [[one], [other]] = units;
    const names = new Set(other.columns.map((column) => column.name));
    const pages = byPage(one.network, one.columns.filter((column) => names.has(column.name)));
    if (!pages.length) return null;
    const cell = (layer, column, unit) => element("td", { class: missing(layer, column, unit) ? "missing" : null },
      value(layer, column, unit), place(layer, column, unit));
    const head = element("thead", {}, element("tr", {}, element("td"),
      units.map(([layer, unit]) => element("th", { scope: "col" }, `${layer.name}/${unit}`))));
    const bodies = pages.map(([page, columns]) => element("tbody", {},
      element("tr", {}, element("th", { scope: "rowgroup", colspan: 3, class: "page" }, heading(page, book))),
      columns.map((column) => element("tr", {},
        element("th", { scope: "row", title: `${column.meaning}. ${control(column)}`.trim() }, spaced(column.name)),
        units.map(([layer, unit]) => cell(layer, column, unit))))));
    return element("section", { class: "unit-shared" }, element("h3", {}, "Measures side by side"),
      element("table", {}, head, bodies));
  }

  window.unitExplorer.measures = { measures, sharedMeasures };
})();
