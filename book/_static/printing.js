// Print is dark on white, with the boxes of claims open and filled. Afterwards the page is as it was.
(() => {
  const html = document.documentElement;
  let theme = null;
  let opened = [];
  let missing = null;
  addEventListener("beforeprint", () => {
    missing = claimDetails.complete();
    theme = html.dataset.theme;
    html.dataset.theme = "light";
    opened = [...document.querySelectorAll("article details:not(.hide, .rerun, [open])")];
    opened.forEach((box) => (box.open = true));
    document.querySelectorAll("article img[loading=lazy]").forEach((image) => (image.loading = "eager"));
  });
  addEventListener("afterprint", () => {
    if (theme) html.dataset.theme = theme;
    opened.forEach((box) => (box.open = false));
    missing?.remove();
  });
})();
