// Which units of a layer are shown, and in which order: conditions on any measure, and one measure that sorts.
"use strict";
(() => {
  const { element, button, number, plural, spaced, pageTitle } = window.unitExplorer.dom;
  const { bars, spread } = window.unitExplorer.charts;
  const { choices } = window.unitExplorer.sprites;

  const TESTS = {
    min: (value, bound) => value >= bound,
    max: (value, bound) => value <= bound,
    is: (value, wanted) => value === (wanted === "yes" ? 1 : 0),
  };

  // 1 for each unit that meets all conditions; conditions on measures that the layer lacks exclude nothing.
  function chosen(layer, where) {
    const kept = new Uint8Array(layer.units).fill(1);
    for (const { name, test, value } of where) {
      if (!(name in layer.raw.columns) || value === "") continue;
      const values = layer.values(name);
      const texts = layer.texts(name);
      if (texts) {
        const words = value.toLowerCase();
        const fits = texts.map((text) => text.toLowerCase().includes(words));
        values.forEach((code, unit) => { if (!fits[code]) kept[unit] = 0; });
      } else {
        // numbers are kept in single precision: a bound that was read off a tile must include its own unit
        const bound = test === "is" ? value : Math.fround(Number(value));
        values.forEach((one, unit) => { if (!TESTS[test]?.(one, bound)) kept[unit] = 0; });
      }
    }
    return kept;
  }

  // The numbers of the chosen units in order; units without a value come last.
  function ordered(layer, sort, kept) {
    const units = [];
    kept.forEach((yes, unit) => { if (yes) units.push(unit); });
    if (!sort || !(sort.name in layer.raw.columns)) return units;
    const texts = layer.texts(sort.name);
    let values = layer.values(sort.name);
    if (texts) {
      const byName = texts.map((_, code) => code).sort((a, b) => (texts[a] < texts[b] ? -1 : 1));
      const rank = new Map(byName.map((code, place) => [code, place]));
      values = Float32Array.from(values, (code) => rank.get(code) ?? NaN);
    }
    const sign = sort.falling ? -1 : 1;
    const missing = (value) => (Number.isNaN(value) ? 1 : 0);
    return units.sort((a, b) => missing(values[a]) - missing(values[b]) || sign * (values[a] - values[b]) || a - b);
  }

  const describe = ({ name, test, value }) =>
    `${spaced(name)} ${{ min: "at least", max: "at most", is: "is", has: "contains" }[test]} ${value}`;

  // What is shown of a layer, in words; order: the numbers of its chosen units.
  function summary(layer, view, order) {
    const measured = ({ name }) => name in layer.raw.columns;
    const filters = view.where.filter((one) => one.value !== "" && measured(one)).map(describe).join(", ");
    const shown = order.length === layer.units ? "" : `${order.length.toLocaleString("en-GB")} of `;
    const dead = order.filter((unit) => layer.dead(unit)).length;
    const way = view.sort?.falling ? "largest" : "smallest";
    return `${layer.name} of ${layer.network.title}: ${shown}${plural(layer.units, "unit")}`
      + `${filters ? ` (${filters})` : ""}${dead ? `, ${dead} dead` : ""}`
      + `${view.sort && measured(view.sort) ? `, by ${spaced(view.sort.name)}, ${way} first` : ""}`;
  }

  // <option>s of the columns, grouped by the page that measured them.
  function options(layer, first) {
    const groups = new Map();
    for (const column of layer.columns) {
      const page = column.page ? pageTitle(column.page) : "Measures";
      if (!groups.has(page)) groups.set(page, []);
      groups.get(page).push(element("option", { value: column.name, title: column.meaning }, spaced(column.name)));
    }
    const grouped = [...groups].map(([label, list]) => element("optgroup", { label }, list));
    return [element("option", { value: "" }, first), ...grouped];
  }

  // The controls; changed(part, replace) is called with the part of the view that is another now.
  function controls(changed) {
    let view, layer;
    const sorts = element("select", { name: "sort", change: () => setSort() });
    const way = element("select", { name: "way", "aria-label": "Order", change: () => setSort() },
      element("option", { value: "-" }, "largest first"), element("option", { value: "" }, "smallest first"));
    const shows = element("select", { name: "show", change: () => changed({ show: shows.value || null }) });
    const adds = element("select", { name: "add", "aria-label": "Add a filter", change: () => add() });
    const chart = element("div", { class: "unit-spread" });
    const list = element("ul", { class: "unit-filters" });
    const root = element("form", { class: "unit-controls", submit: (event) => event.preventDefault() },
      element("label", {}, element("span", {}, "Sort by "), sorts), way,
      element("label", {}, element("span", {}, "Pictures "), shows), adds, chart, list);

    function setSort() {
      changed({ sort: sorts.value ? { name: sorts.value, falling: way.value === "-" } : null });
    }
    const without = (name) => view.where.filter((one) => one.name !== name);
    function add() {
      const column = layer.columns.find((one) => one.name === adds.value);
      if (!column) return;
      const test = { number: "min", truth: "is", text: "has" }[column.type];
      const condition = { name: column.name, test, value: test === "is" ? "yes" : "" };
      changed({ where: [...without(column.name), condition] });
      list.querySelector(`li:last-child :is(input, select)`)?.focus();
    }
    function set(name, test, value) {
      const others = view.where.filter((one) => one.name !== name || one.test !== test);
      const goes = value === "" && others.some((one) => one.name === name); // the last field of a filter stays
      changed({ where: goes ? others : [...others, { name, test, value }] }, true);
    }
    const bound = (name, test, words) => {
      const now = view.where.find((one) => one.name === name && one.test === test)?.value ?? "";
      return element("input", {
        type: "number", step: "any", value: now, placeholder: words, "aria-label": `${spaced(name)} ${words}`,
        input: (event) => set(name, test, event.target.value),
      });
    };

    function row(name) {
      const column = layer.columns.find((one) => one.name === name);
      const now = view.where.find((one) => one.name === name);
      let inputs = element("span", {}, "not measured in this layer");
      if (column?.type === "number") inputs = [bound(name, "min", "at least"), bound(name, "max", "at most")];
      if (column?.type === "truth") {
        const choose = (event) => set(name, "is", event.target.value);
        inputs = element("select", { "aria-label": spaced(name), change: choose },
          ["yes", "no"].map((word) => element("option", { value: word, selected: now.value === word }, word)));
      }
      if (column?.type === "text") {
        inputs = element("input", {
          value: now.value, placeholder: "contains", "aria-label": `${spaced(name)} contains`,
          input: (event) => set(name, "has", event.target.value),
        });
      }
      return element("li", { "data-name": name }, element("span", { class: "name" }, spaced(name)), inputs,
        button("×", () => changed({ where: without(name) }),
          { "aria-label": `Remove the filter on ${spaced(name)}` }));
    }

    function showSpread(kept) {
      chart.replaceChildren();
      const column = layer.columns.find((one) => one.name === view.sort?.name);
      const found = column && column.type === "number" ? spread(layer.values(column.name), kept) : null;
      if (!found) return;
      const words = `${spaced(column.name)} over the layer, from ${number(found.least)} to ${number(found.most)}`;
      chart.append(
        bars([found.all, found.some], { width: 200, height: 34, label: words, classes: ["back", "front"] }),
        element("div", { class: "unit-ends" }, element("span", {}, number(found.least)),
          element("span", { class: "meaning" }, column.meaning + (column.unit ? ` (${column.unit})` : "")),
          element("span", {}, number(found.most))));
    }

    // A field that somebody types in stays the same element.
    function showFilters() {
      const names = [...new Set(view.where.map((one) => one.name))];
      const now = [...list.children].map((item) => item.dataset.name);
      if (names.join("\n") === now.join("\n") && list.contains(document.activeElement)) return;
      list.replaceChildren(...names.map(row));
    }

    function show(next, nextLayer, kept) {
      const another = layer !== nextLayer;
      [view, layer] = [next, nextLayer];
      if (another) {
        sorts.replaceChildren(...options(layer, "unit number"));
        adds.replaceChildren(...options(layer, "+ filter …"));
        shows.replaceChildren(element("option", { value: "" }, "best picture"),
          ...choices(layer).map(([kind, words]) => element("option", { value: kind }, words)));
        list.replaceChildren();
      }
      sorts.value = view.sort && view.sort.name in layer.raw.columns ? view.sort.name : "";
      way.value = view.sort && !view.sort.falling ? "" : "-";
      way.hidden = !sorts.value;
      shows.value = view.show && layer.has(view.show) ? view.show : "";
      adds.value = "";
      showFilters();
      showSpread(kept);
    }
    return { root, show };
  }

  window.unitExplorer.filters = { chosen, ordered, summary, controls };
})();
