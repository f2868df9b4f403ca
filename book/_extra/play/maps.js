// Pictures of numbers: maps side by side on a canvas, and their values under the pointer or the arrow keys.
"use strict";
(() => {
  const play = (window.play ??= {});
  const { element } = play;

  // Perceptually even steps from dark blue to yellow (cividis), for magnitudes.
  const STEPS = [[0, 32, 77], [51, 67, 107], [92, 96, 109], [124, 123, 120], [165, 156, 116], [209, 193, 93],
    [255, 234, 70]];
  play.sequential = (share) => {
    const place = Math.min(Math.max(share, 0), 1) * (STEPS.length - 1);
    const below = Math.min(Math.floor(place), STEPS.length - 2);
    return STEPS[below].map((value, k) => value + (place - below) * (STEPS[below + 1][k] - value));
  };

  // Blue for negative, red for positive, and what the page's ground is like for 0.
  play.diverging = (share) => {
    const dark = play.dark();
    const middle = dark ? [40, 42, 46] : [247, 247, 247];
    const end = share < 0 ? (dark ? [110, 180, 255] : [5, 80, 160]) : dark ? [255, 120, 100] : [165, 15, 35];
    return middle.map((value, k) => value + Math.min(Math.abs(share), 1) * (end[k] - value));
  };

  // A canvas for maps of a shape (channels, rows, columns), enlarged by a scale.
  play.canvas = ([channels, , columns], scale) => {
    const canvas = element("canvas", { role: "img" });
    canvas.style.width = `${scale * (channels * (columns + 1) - 1)}px`;
    return canvas;
  };

  // Draw maps side by side, one canvas pixel per number; CSS enlarges them.
  play.draw = (canvas, values, [channels, rows, columns], colour) => {
    const width = channels * (columns + 1) - 1;
    if (canvas.width !== width || canvas.height !== rows) Object.assign(canvas, { width, height: rows });
    const context = canvas.getContext("2d");
    const picture = context.createImageData(width, rows);
    for (let c = 0, from = 0; c < channels; c++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++, from++) {
          const [red, green, blue] = colour(values[from]);
          picture.data.set([red, green, blue, 255], 4 * (y * width + c * (columns + 1) + x));
        }
      }
    }
    context.putImageData(picture, 0, 0);
  };

  // Make the pictures in a box readable: the value under the pointer, and under a spot that the arrow keys move.
  // pictures: [{canvas, shape, say}], say: the words for one of its numbers; told: called with them, or with "".
  play.readable = (box, pictures, told) => {
    const spot = element("span", { className: "spot", hidden: true });
    box.append(spot);
    box.setAttribute("role", "application");
    box.setAttribute("aria-roledescription", "pictures of numbers");
    let at = { picture: 0, channel: 0, row: 0, column: 0 };

    function read(place) {
      at = place;
      const { canvas, shape: [channels, rows, columns], say } = pictures[at.picture];
      const cell = canvas.clientWidth / (channels * (columns + 1) - 1);
      const height = canvas.clientHeight / rows;
      spot.hidden = false;
      const box = { left: canvas.offsetLeft + (at.channel * (columns + 1) + at.column) * cell,
        top: canvas.offsetTop + at.row * height, width: cell, height };
      for (const [name, value] of Object.entries(box)) spot.style[name] = `${value}px`;
      told(say((at.channel * rows + at.row) * columns + at.column));
    }

    function leave() {
      if (document.activeElement === box) return;
      spot.hidden = true;
      told("");
    }
    box.addEventListener("pointermove", (event) => {
      const picture = pictures.findIndex(({ canvas }) => canvas === event.target);
      if (picture < 0) return;
      const { canvas, shape: [channels, rows, columns] } = pictures[picture];
      const area = canvas.getBoundingClientRect();
      const across = Math.floor(((event.clientX - area.left) / area.width) * (channels * (columns + 1) - 1));
      const row = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - area.top) / area.height) * rows)));
      const [channel, column] = [Math.floor(across / (columns + 1)), across % (columns + 1)];
      if (across >= 0 && channel < channels && column < columns) read({ picture, channel, row, column });
    });
    box.addEventListener("pointerleave", leave);
    box.addEventListener("blur", leave);
    box.addEventListener("focus", () => box.matches(":focus-visible") && read(at));
    box.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!move || event.target !== box) return;
      event.preventDefault();
      read(next(at, move));
    });

    // One place on; past an edge comes the next channel, past the last channel the next picture.
    function next({ picture, channel, row, column }, [down, right]) {
      const { shape: [channels, rows, columns] } = pictures[picture];
      const to = { picture, channel, row: row + down, column: column + right };
      if (to.column < 0 || to.column >= columns) {
        Object.assign(to, { channel: channel + right, column: right > 0 ? 0 : columns - 1 });
      }
      const beyond = to.channel < 0 || to.channel >= channels || to.row < 0 || to.row >= rows;
      if (!beyond) return to;
      const step = down + right;
      const other = pictures[picture + step];
      if (!other) return { picture, channel, row, column };
      const last = step > 0 ? 0 : 1;
      const [c, r, w] = other.shape;
      return { picture: picture + step, channel: last * (c - 1), row: last * (r - 1), column: last * (w - 1) };
    }
  };
})();
