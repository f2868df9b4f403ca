// A link to something inside closed details, on any page: a claim's row, a box that is folded under a table, or the
// code of a claim, whose cell is folded.

// The element that the address names, if there is one.
const addressed = () => {
  const name = location.hash.slice(1);
  try {
    return document.getElementById(decodeURIComponent(name));
  } catch {
    return document.getElementById(name); // a stray % that somebody typed
  }
};

const reveal = () => {
  const target = addressed();
  if (!target) return;
  for (let around = target; around; around = around.parentElement) if (around.matches("details")) around.open = true;
  if (target.id.startsWith("code-")) target.closest(".cell")?.querySelectorAll("details").forEach((d) => (d.open = true));
  target.scrollIntoView();
};
window.addEventListener("hashchange", reveal);
window.addEventListener("load", reveal);
