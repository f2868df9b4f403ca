// The image: 81 pixels that are flipped with the pointer, by painting, and with the keyboard.
"use strict";
(() => {
  const { element, follow, fragments } = window.play;
  const { SIDE, manifest, pixelName } = fragments;
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -SIDE],
    End: [0, SIDE] };

  // set: called with a pixel and its new value, or with null for the opposite of what it has; ended: after a stroke.
  fragments.grid = (grid, { set, ended }) => {
    for (let y = 0; y < SIDE; y++) {
      const row = element("div", { role: "row" });
      for (let x = 0; x < SIDE; x++) {
        const pixel = element("button", { type: "button", tabIndex: x + y ? -1 : 0 });
        pixel.dataset.pixel = y * SIDE + x;
        row.append(element("div", { role: "gridcell" }, pixel));
      }
      grid.append(row);
    }
    const pixels = [...grid.querySelectorAll("button")];
    let paint = null; // the value that a stroke gives to the pixels that it meets

    const isOn = (pixel) => pixel.getAttribute("aria-pressed") === "true";
    const under = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-pixel]");
    function start(event) {
      const pixel = event.target.closest("[data-pixel]");
      if (!pixel) return;
      paint = isOn(pixel) ? 0 : 1;
      set(Number(pixel.dataset.pixel), paint);
      pixel.focus({ focusVisible: false });
      event.preventDefault();
    }
    function move(event) {
      const pixel = paint === null ? null : under(event);
      if (pixel && isOn(pixel) !== (paint === 1)) set(Number(pixel.dataset.pixel), paint);
    }
    function end() {
      paint = null;
      ended();
    }
    follow(grid, { start, move, end });
    grid.addEventListener("click", (event) => { // of a key or a program: a pointer's has been answered already
      const pixel = event.detail === 0 && event.target.closest("[data-pixel]");
      if (!pixel) return;
      set(Number(pixel.dataset.pixel), null);
      ended();
    });
    grid.addEventListener("focusin", (event) => {
      grid.querySelector('[tabindex="0"]').tabIndex = -1;
      event.target.tabIndex = 0;
    });
    grid.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (!move) return;
      event.preventDefault();
      const at = Number(event.target.dataset.pixel);
      const within = (value) => Math.min(Math.max(value, 0), SIDE - 1);
      pixels[within(Math.floor(at / SIDE) + move[0]) * SIDE + within((at % SIDE) + move[1])].focus();
    });

    function show(image, digit) {
      pixels.forEach((pixel, k) => {
        const flipped = image[k] !== manifest.digits[digit][k];
        pixel.setAttribute("aria-pressed", image[k] === 1);
        pixel.classList.toggle("flipped", flipped);
        pixel.setAttribute("aria-label", `${pixelName(k)}${flipped ? ", flipped" : ""}`);
      });
    }
    return { show };
  };
})();
