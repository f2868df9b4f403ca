// One grid of units, or two side by side, both sorted, filtered and drawn as the one view says.
"use strict";
(() => {
  const X = window.unitExplorer;
  const { element } = X.dom;

  function grids() {
    const sides = [0, 1].map(() => {
      const grid = X.grid(), words = element("p", { class: "unit-side-words" });
      return { grid, words, root: element("div", { class: "unit-side" }, words, grid.root), layer: null };
    });
    const root = element("div", { class: "unit-grids" });

    // view: of the first; shown: for each grid its layer, the numbers of its units in order, and what is said of them.
    function show(view, shown) {
      sides.forEach((side, k) => {
        side.layer = shown[k]?.layer ?? null;
        if (side.layer) side.words.textContent = shown[k].words;
        side.words.hidden = shown.length === 1;
      });
      const used = sides.slice(0, shown.length).map((side) => side.root);
      if (root.children.length !== used.length) root.replaceChildren(...used);
      shown.forEach(({ layer, order }, k) => sides[k].grid.show(view, layer, order));
    }

    // Focuses the tile of a unit of one of the layers on show.
    function focusUnit({ network, layer, unit }) {
      const its = ({ layer: one }) => one && one.network.id === network && one.name === layer;
      sides.find(its)?.grid.focusUnit(unit);
    }
    return { root, show, focusUnit };
  }

  X.grids = grids;
})();
