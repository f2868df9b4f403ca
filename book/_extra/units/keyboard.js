// Keys, wherever the focus is, except while somebody types or another dialog is open; and the dialog that lists them.
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

  // Whether a key is meant for the units: not what is typed, and no arrow that moves inside another part of the page.
  function meant({ target, key, ctrlKey, altKey, metaKey }) {
    if (ctrlKey || altKey || metaKey) return false;
    if (target.closest?.("input, select, textarea") || target.isContentEditable) return false;
    if (!key.startsWith("Arrow")) return true;
    const here = target === document.body || target.closest?.("#units");
    return Boolean(here) && !target.closest("[role=grid], .unit-strip");
  }

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
    // In the capture phase, and for nobody after us: a book's own scripts take "/" for a search that it does not show.
    document.addEventListener("keydown", (event) => {
      if (!Object.keys(does).includes(event.key) || !meant(event)) return;
      const open = document.querySelector("dialog[open]");
      if (open && (open !== dialog || event.key !== "?")) return;
      if (does[event.key]() === false) return;
      event.preventDefault();
      event.stopPropagation();
    }, { capture: true });
    return { dialog, help };
  }

  window.unitExplorer.keyboard = keyboard;
})();
