// What was measured for a claim comes from scorecard_rows.js, when the scorecard's row with the claim is opened.
"use strict";
const claimDetails = (() => {
  let loaded = null;
  // the build's own HTML of each claim by the claim's id; nothing if the file is not there
  const all = () =>
    (loaded ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = "scorecard_rows.js";
      script.addEventListener("load", () => resolve(window.CLAIM_DETAILS));
      script.addEventListener("error", () => resolve({}));
      document.head.append(script);
    }));
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body;

  const fill = async (place) => {
    const details = await all();
    for (const row of place.querySelectorAll("ul.claims > li:not([data-complete])")) {
      row.dataset.complete = "";
      row.querySelector(".statement").after(...parsed(details[row.id.slice(6)] ?? "").childNodes);
    }
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && place.contains(target)) target.scrollIntoView(); // what came in above has moved it
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("details.place")) {
      if (place.open) fill(place);
      place.addEventListener("toggle", () => place.open && fill(place));
    }
  });

  // all of them as texts, to be searched
  const texts = async () =>
    Object.fromEntries(Object.entries(await all()).map(([claim, html]) => [claim, parsed(html).textContent]));
  return { texts };
})();
