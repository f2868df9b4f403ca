// Small drawings: histograms and the place of a value among those of the control.
"use strict";
(() => {
  const { element, drawing, number, percent } = window.unitExplorer.dom;

  // Bars over edges; shares: one list or several that lie over each other, the last in front.
  function bars(lists, { width, height, label, classes }) {
    const most = Math.max(...lists[0], 1e-12);
    const step = width / lists[0].length;
    const groups = lists.map((list, k) => {
      const path = Array.from(list, (value, bin) => {
        const tall = value > 0 ? Math.max((height * value) / most, 1) : 0;
        const [left, wide, high] = [bin * step, Math.max(step - 0.5, 0.5), tall].map((size) => size.toFixed(2));
        return tall ? `M${left} ${height}v-${high}h${wide}v${high}z` : "";
      }).join("");
      return drawing("path", { d: path, class: classes[k] });
    });
    return drawing("svg", {
      viewBox: `0 0 ${width} ${height + 1}`, preserveAspectRatio: "none",
      role: "img", "aria-label": label, class: "unit-bars",
    }, groups, drawing("path", { d: `M0 ${height + 0.5}h${width}`, class: "ground" }));
  }

  // How often a unit answers how strongly. edges: bins + 1 numbers; counts: shares times 65535.
  function activations(edges, counts, share, of) {
    const total = counts.reduce((sum, value) => sum + value, 0) || 1;
    const shares = Array.from(counts, (value) => value / total);
    const top = shares.indexOf(Math.max(...shares));
    const words = `Histogram of the activations from ${number(edges[0])} to ${number(edges[edges.length - 1])}; `
      + `${percent(shares[top])} lie between ${number(edges[top])} and ${number(edges[top + 1])}`;
    // One bar that holds nearly all would hide the rest: heights are roots of the shares.
    const chart = bars([shares.map(Math.sqrt)], { width: 320, height: 72, label: words, classes: ["front"] });
    return element("figure", { class: "unit-histogram" }, chart,
      element("div", { class: "unit-ends" },
        element("span", {}, number(edges[0])), element("span", {}, number(edges[edges.length - 1]))),
      element("figcaption", {},
        Number.isNaN(share) ? "" : `Active on ${percent(share)} of the ${of}. `,
        "Heights are square roots of the shares, so that rare activations can be seen."));
  }

  // Where a value lies among those of the control, from 0 to 1.
  function percentile(share, of) {
    const words = `${share >= 0.5 ? "above" : "below"} ${percent(Math.max(share, 1 - share))} of the control`;
    return element("span", { class: "unit-percentile", title: of ? `Control: ${of}` : null },
      drawing("svg", { viewBox: "0 0 60 10", "aria-hidden": "true" },
        drawing("path", { d: "M0 5h60", class: "track" }), drawing("path", { d: "M30 2v6", class: "track" }),
        drawing("circle", { cx: 3 + 54 * Math.min(Math.max(share, 0), 1), cy: 5, r: 3, class: "front" })),
      words);
  }

  // How a measure is spread over a layer; chosen: whether each unit meets the filters.
  function spread(values, chosen, bins = 40) {
    let least = Infinity, most = -Infinity;
    for (const value of values) {
      if (value < least && value !== -Infinity) least = value;
      if (value > most && value !== Infinity) most = value;
    }
    if (!(least <= most)) return null;
    const all = new Float64Array(bins), some = new Float64Array(bins);
    const reach = most - least || 1;
    values.forEach((value, unit) => {
      if (!Number.isFinite(value)) return;
      const bin = Math.min(Math.floor(((value - least) / reach) * bins), bins - 1);
      all[bin]++;
      if (chosen[unit]) some[bin]++;
    });
    return { least, most, all, some };
  }

  window.unitExplorer.charts = { bars, activations, percentile, spread };
})();
