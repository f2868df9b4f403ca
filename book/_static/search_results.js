// Results of a search get the words around what was found. They come with the book, in search_texts.js: a browser
// refuses to fetch pages from disk.
document.addEventListener("DOMContentLoaded", () => {
  const results = document.getElementById("search-results");
  const words = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().match(/[\p{L}\p{N}_]+/gu);
  if (!results || !words) return;
  const BEFORE = 80;
  const AFTER = 160;
  const pattern = new RegExp(words.map((word) => word.replace(/e?s$/, "")).filter(Boolean).join("|") || words[0], "iu");

  const passage = (text) => {
    const at = text.search(pattern);
    if (at < 0) return null;
    const start = at <= BEFORE ? 0 : text.indexOf(" ", at - BEFORE) + 1;
    const end = text.lastIndexOf(" ", Math.min(text.length, at + AFTER));
    const shown = document.createElement("p");
    shown.className = "context";
    const found = text.slice(at).match(/^[\p{L}\p{N}_-]+/u)?.[0] ?? "";
    const mark = document.createElement("mark");
    mark.textContent = found;
    shown.append(start ? "… " : "", text.slice(start, at), mark, text.slice(at + found.length, end), " …");
    return shown;
  };
  const complete = (texts) => {
    const seen = new Set();
    for (const item of results.querySelectorAll("li")) {
      const link = item.querySelector("a");
      const key = link.textContent;
      if (seen.has(key)) item.hidden = true; // the same page once more, at another place
      seen.add(key);
      if (item.dataset.complete || item.querySelector("span")) continue; // a span says what kind of code it is
      item.dataset.complete = "yes";
      const [, place] = link.getAttribute("href").split("#");
      const name = link.getAttribute("href").split("#")[0].replace(/\.html$/, "");
      const text = texts[name] ?? "";
      const term = place?.startsWith("term-") ? place.slice(5).replaceAll("-", ".") : "(?!)";
      const shown = passage(text.slice(Math.max(text.search(new RegExp(`${term}(?= [A-Z])`)), 0)));
      if (shown) item.append(shown);
    }
  };
  const script = document.createElement("script");
  script.src = `${document.documentElement.dataset.content_root}search_texts.js`;
  script.addEventListener("load", () => {
    complete(window.SEARCH_TEXTS);
    new MutationObserver(() => complete(window.SEARCH_TEXTS)).observe(results, { childList: true, subtree: true });
  });
  document.head.append(script);
});
