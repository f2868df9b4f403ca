// A figure opens in its full size: by click, tap, Enter or space. There it can be enlarged further (figure_zoom.js) and
// moved. Escape or "Close" leads back to where it was.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const pictures = document.querySelectorAll("article figure img, article .cell_output img");
  if (!pictures.length || typeof HTMLDialogElement === "undefined") return;
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.setAttribute("aria-label", "Figure in full size");
  dialog.innerHTML = `
    <div class="enlarged-tools">
      <button type="button" data-do="smaller" aria-label="Smaller" title="Smaller (−)">−</button>
      <button type="button" data-do="larger" aria-label="Larger" title="Larger (+)">+</button>
      <button type="button" data-do="fit" aria-pressed="false">Fit to the window</button>
      <button type="button" data-do="close" autofocus>Close</button>
    </div>
    <div class="enlarged-view" tabindex="0" role="region" aria-label="The figure; arrow keys move it, + and − change its size"></div>
    <p class="enlarged-caption"></p>`;
  document.body.append(dialog);
  const view = dialog.querySelector(".enlarged-view");
  const fit = dialog.querySelector("[data-do=fit]");
  const pressed = (on) => fit.setAttribute("aria-pressed", on);
  const zoom = figureZoom(view, () => pressed(false));
  fit.addEventListener("click", () => {
    const fits = fit.getAttribute("aria-pressed") !== "true";
    if (fits) zoom.fit();
    else zoom.reset();
    pressed(fits);
  });
  dialog.querySelector("[data-do=smaller]").addEventListener("click", () => zoom.by(0.8));
  dialog.querySelector("[data-do=larger]").addEventListener("click", () => zoom.by(1.25));
  dialog.querySelector("[data-do=close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
    if (event.key === "+" || event.key === "=") zoom.by(1.25);
    else if (event.key === "-" || event.key === "−") zoom.by(0.8);
    else if (event.key === "0") zoom.reset();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => view.replaceChildren());

  const open = (pictures) => {
    const shown = pictures.find((picture) => picture.getClientRects().length > 0);
    const large = shown.cloneNode();
    large.loading = "eager";
    large.removeAttribute("style");
    // as wide as the window, if its pixels suffice (a drawing is sharp at any size); on a phone as wide as on a
    // desktop's page, to be moved around
    const pixels = shown.getAttribute("src").endsWith(".svg") ? Infinity : shown.naturalWidth;
    const width = Math.max(parseFloat(shown.style.width) || shown.clientWidth, Math.min(pixels, innerWidth - 40));
    large.style.setProperty("--full", `${width}px`);
    view.replaceChildren(large);
    zoom.reset();
    const figure = shown.closest("figure");
    view.classList.toggle("drawing", figure?.classList.contains("drawing") ?? false);
    dialog.querySelector(".enlarged-caption").textContent = figure?.querySelector("figcaption")?.textContent ?? "";
    dialog.showModal();
    view.scrollTo(0, 0);
  };
  // a figure of the light page and its copy for the dark one share a button
  const groups = new Map();
  for (const picture of pictures) {
    const figure = picture.closest("figure") ?? picture;
    groups.set(figure, [...(groups.get(figure) ?? []), picture]);
  }
  for (const group of groups.values()) {
    if (group[0].closest("a, button")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "enlarge";
    button.title = "Enlarge";
    button.setAttribute("aria-haspopup", "dialog");
    group[0].before(button);
    button.append(...group);
    button.addEventListener("click", () => open(group));
  }
});
