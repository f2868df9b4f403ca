// What was measured for a claim comes from scorecard_rows.js, when the scorecard's row with the claim is opened. The
// browser reads this file once the page stands and has time, so that print, which waits for nothing, finds it there.
"use strict";
const claimDetails = (() => {
  let loaded = null;
  let absent = false; // whether the file is not there
  // the build's own HTML of each claim by the claim's id; nothing if the file is not there
  const all = () =>
    (loaded ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = "scorecard_rows.js";
      script.addEventListener("load", () => resolve(window.CLAIM_DETAILS));
      script.addEventListener("error", () => {
        absent = true;
        resolve({});
      });
      document.head.append(script);
    }));
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body;

  const write = (place, details) => {
    for (const row of place.querySelectorAll("ul.claims > li:not([data-complete])")) {
      row.dataset.complete = "";
      row.querySelector(".statement").after(...parsed(details[row.id.slice(6)] ?? "").childNodes);
    }
  };
  const fill = async (place) => {
    write(place, await all());
    const target = addressed();
    if (target && place.contains(target)) target.scrollIntoView(); // what came in above has moved it
  };
  const places = () => document.querySelectorAll("details.place");

  // All rows, at once, for print. Returns a sentence on paper if that cannot be, else nothing.
  const complete = () => {
    if (!places().length) return null;
    if (window.CLAIM_DETAILS) {
      for (const place of places()) write(place, window.CLAIM_DETAILS);
      return null;
    }
    all();
    const missing = document.createElement("p");
    missing.textContent = absent
      ? "What was measured is not printed: scorecard_rows.js is not beside this page."
      : "What was measured is not printed: it had not come yet. Print the page once more.";
    document.querySelector("article h1").after(missing);
    return missing;
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const place of places()) {
      if (place.open) fill(place);
      place.addEventListener("toggle", () => place.open && fill(place));
    }
  });

  addEventListener("load", () => places().length && setTimeout(all, 1000));

  // all of them as texts, to be searched
  const texts = async () =>
    Object.fromEntries(Object.entries(await all()).map(([claim, html]) => [claim, parsed(html).textContent]));
  return { complete, texts };
})();
