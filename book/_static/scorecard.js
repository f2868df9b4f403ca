// The scorecard: search and filters, whose state stands in the address (#study=…&verdict=…&words=…).
// Runs from disk and needs nothing else. Without it all claims are listed, and no form is shown.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("claim-filter");
  if (!form) return;
  const FEW = 60; // claims; so many, or fewer, are opened at once
  const status = form.querySelector("[role=status]");
  const openAll = form.elements.all;
  const choices = [...form.querySelectorAll("select")];
  const places = [...document.querySelectorAll("details.place")];
  // A heading goes with its last claim: each page is a section, and so is each study, within that of the title.
  const sections = [...document.querySelectorAll("section section")].filter((section) => section.querySelector(".place"));
  const claims = places.flatMap((place) =>
    [...place.querySelectorAll("li[data-verdict]")].map((row) => ({
      row,
      fields: { ...row.dataset, study: place.parentElement.dataset.study },
      text: `${row.id} ${place.querySelector(".name").textContent} ${row.textContent}`.toLowerCase(),
    })),
  );

  // Words are looked for in what was measured, too, once it has come.
  let complete = null;
  const completed = () =>
    (complete ??= claimDetails.texts().then((texts) => {
      claims.forEach((claim) => (claim.text += ` ${(texts[claim.row.id.slice(6)] ?? "").toLowerCase()}`));
      if (form.elements.words.value.trim()) apply();
    }));

  const fits = (claim, except) =>
    choices.every((choice) => {
      const { name, value } = choice;
      const wanted = name === "kind" ? value.split(" ") : [value]; // "control beyond" are two kinds
      return choice === except || value === "" || wanted.includes(claim.fields[name]);
    }) &&
    form.elements.words.value.toLowerCase().split(/\s+/).every((word) => claim.text.includes(word));

  const opened = (open) => {
    places.forEach((place) => (place.open = open && !place.hidden));
    openAll.textContent = open ? "Close all" : "Open all";
  };

  // Each option says how many claims choosing it would show.
  const count = () =>
    choices.forEach((choice) => {
      const found = claims.filter((claim) => fits(claim, choice));
      [...choice.options].forEach((option) => {
        option.dataset.label ??= option.textContent;
        const kinds = choice.name === "kind" ? option.value.split(" ") : [option.value];
        const number = option.value ? found.filter((c) => kinds.includes(c.fields[choice.name])).length : found.length;
        option.textContent = `${option.dataset.label} (${number})`;
      });
    });

  const apply = () => {
    claims.forEach((claim) => (claim.row.hidden = !fits(claim)));
    places.forEach((place) => (place.hidden = !place.querySelector("li[data-verdict]:not([hidden])")));
    const filtered = [...new FormData(form).values()].some((value) => value.trim());
    sections.forEach((section) => {
      section.hidden = !section.querySelector(".place:not([hidden])");
      const entry = document.querySelector(`.page-toc a[href="#${section.id}"]`)?.closest("li");
      if (entry) entry.hidden = section.hidden;
    });
    const shown = claims.filter((claim) => !claim.row.hidden).length;
    status.textContent = `${shown} of ${claims.length} claims`;
    opened(filtered && shown <= FEW);
    count();
  };

  const address = () => `#${new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()))}`;
  const read = () => {
    const hash = location.hash.slice(1);
    const isHeading = hash && !hash.includes("=") && !hash.startsWith("claim-");
    if (isHeading) return apply(); // a link of the contents leaves the choice as it is; one to a claim shows all
    const given = new URLSearchParams(hash.includes("=") ? hash : "");
    form.elements.words.value = given.get("words") ?? "";
    choices.forEach((choice) => {
      const value = given.get(choice.name) ?? "";
      choice.value = [...choice.options].some((option) => option.value === value) ? value : "";
    });
    apply();
  };
  const changed = (event) => {
    apply();
    // A choice can be taken back by the browser's Back; single letters of a word cannot.
    const keep = event.type === "input" ? "replaceState" : "pushState";
    if (address() !== (location.hash || "#")) history[keep](null, "", address());
  };

  form.elements.words.addEventListener("input", changed);
  form.elements.words.addEventListener("focus", completed);
  choices.forEach((choice) => choice.addEventListener("change", changed));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => setTimeout(() => changed(event))); // the fields are emptied after the event
  openAll.addEventListener("click", () => opened(openAll.textContent === "Open all"));
  window.addEventListener("popstate", read);

  // The counts of the totals choose what they count.
  document.querySelectorAll(".totals .count").forEach((count) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = count.className;
    button.textContent = count.textContent;
    button.addEventListener("click", (event) => {
      form.elements.words.value = "";
      form.elements.study.value = count.dataset.study;
      form.elements.kind.value = count.dataset.kinds;
      form.elements.verdict.value = count.dataset.verdict;
      form.elements.protocol.value = "";
      changed(event);
      form.scrollIntoView();
    });
    count.replaceWith(button);
  });

  form.hidden = false;
  read();
  if (form.elements.words.value) completed();
});
