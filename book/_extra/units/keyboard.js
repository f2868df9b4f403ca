// Keys, wherever the focus is, except while somebody types; and the dialog that lists them.
"use strict";
(() => {
  const { element, button } = window.unitExplorer.dom;
  const KEYS = [
    ["→ or n", "next unit; in the grid the arrows move between tiles, and n leads to the next layer"],
    ["← or p", "previous unit, or layer"],
    ["r", "a random unit of this network"],
    ["g", "the grid of the layer"],
    ["/", "search"],
    ["c", "keep this unit beside those that follow; once more: no longer"],
    ["?", "this list"],
    ["Esc", "closes the list, or leaves the search"],
  ];

  function keyboard(actions) {
    const dialog = element("dialog", { class: "unit-help", "aria-label": "Keys" }, element("h3", {}, "Keys"),
      element("dl", {}, KEYS.map(([key, words]) =>
        element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, words)))),
      button("Close", () => dialog.close()));
    const help = () => (dialog.open ? dialog.close() : dialog.showModal());
    const does = {
      n: actions.next, p: actions.previous, ArrowRight: actions.right, ArrowLeft: actions.left,
      r: actions.random, g: actions.grid, "/": actions.search, c: actions.compare, "?": help,
    };
    document.addEventListener("keydown", (event) => {
      const types = event.target.closest?.("input, select, textarea, [contenteditable], [role=grid], .unit-strip");
      const moves = event.key.startsWith("Arrow");
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || !does[event.key]) return;
      if (types && (moves || !types.matches("[role=grid], .unit-strip"))) return;
      if (dialog.open && event.key !== "?") return;
      if (does[event.key]() !== false) event.preventDefault();
    });
    return { dialog, help };
  }

  window.unitExplorer.keyboard = keyboard;
})();
