// Code that sets up, draws or judges is folded, and one switch shows all of it: on this page, and on those opened next.
// Without scripts all code is open.
(() => {
  const KEY = "show-all-code";
  const folds = () => document.querySelectorAll("details.hide");
  const remembered = () => {
    try {
      return localStorage.getItem(KEY) === "yes";
    } catch {
      return false; // some browsers keep nothing for pages from disk
    }
  };
  const remember = (shown) => {
    try {
      localStorage.setItem(KEY, shown ? "yes" : "no");
    } catch {}
  };
  // before the page is drawn, so that code is not seen to vanish
  document.documentElement.classList.toggle("code-folded", !remembered());
  document.addEventListener("DOMContentLoaded", () => {
    const apply = (shown) => folds().forEach((fold) => (fold.open = shown));
    apply(remembered());
    document.documentElement.classList.remove("code-folded");
    const title = document.querySelector("article h1");
    if (!title || !folds().length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "code-switch btn btn-sm btn-outline-secondary";
    button.textContent = "Show all code";
    button.setAttribute("aria-pressed", remembered());
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", shown);
      remember(shown);
      apply(shown);
    });
    title.after(button);
  });
})();
