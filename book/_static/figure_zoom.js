// How large the figure in the dialog is shown: by buttons, + and −, the wheel with Ctrl, or two fingers. The point under
// the pointer, or between the fingers, stays where it is.
"use strict";
const figureZoom = (view, changed) => {
  const LEAST = 0.2;
  const MOST = 12;
  let scale = 1;
  const set = (wanted, x, y) => {
    const image = view.querySelector("img");
    if (!image) return;
    const before = image.getBoundingClientRect();
    const from = [x ?? before.left + before.width / 2, y ?? before.top + before.height / 2];
    const inside = [(from[0] - before.left) / before.width, (from[1] - before.top) / before.height];
    scale = Math.min(MOST, Math.max(LEAST, wanted));
    image.style.setProperty("--zoom", scale);
    changed();
    const after = image.getBoundingClientRect();
    view.scrollBy(after.left + inside[0] * after.width - from[0], after.top + inside[1] * after.height - from[1]);
  };
  const by = (factor, x, y) => set(scale * factor, x, y);

  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // without it the wheel moves the figure, as everywhere
    event.preventDefault();
    by(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  }, { passive: false });

  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { length: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 };
  };
  view.addEventListener("touchstart", (event) => {
    for (const touch of event.changedTouches) fingers.set(touch.identifier, touch);
  }, { passive: true });
  view.addEventListener("touchmove", (event) => {
    const before = fingers.size === 2 ? spread() : null;
    for (const touch of event.changedTouches) fingers.set(touch.identifier, touch);
    if (!before) return;
    event.preventDefault(); // else the whole page would grow
    const now = spread();
    by(now.length / before.length, now.x, now.y);
  }, { passive: false });
  for (const end of ["touchend", "touchcancel"]) {
    view.addEventListener(end, (event) => {
      for (const touch of event.changedTouches) fingers.delete(touch.identifier);
    }, { passive: true });
  }
  const fit = () => {
    const image = view.querySelector("img").getBoundingClientRect();
    set(scale * Math.min(view.clientWidth / image.width, view.clientHeight / image.height));
  };
  return { by, fit, reset: () => set(1) };
};
