// A claim is cited by a line of text to copy, and by its record as JSON; "cite" opens both under the claim's title.
// The records come with the book, in claims.js: a browser refuses to fetch claims.json from disk.
"use strict";
(() => {
  let loaded = null; // the promise of window.CITED
  const records = () => {
    loaded ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${document.documentElement.dataset.content_root}claims.js`;
      script.addEventListener("load", () => resolve(window.CITED));
      script.addEventListener("error", () => reject(new Error("claims.js is not there")));
      document.head.append(script);
    });
    return loaded;
  };

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  // On the web the line ends in the claim's own address; from disk in its place in the book, and in the sources' address.
  const line = (record, repository) => {
    const place = location.protocol.startsWith("http")
      ? new URL(document.documentElement.dataset.content_root + record.address, location.href).href
      : [record.address, repository].filter(Boolean).join(", ");
    return record.cite.replace(record.address, () => place);
  };

  const copy = async (field, status) => {
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      status.textContent = "Copied.";
    } catch {
      status.textContent = "Selected: copy it with Ctrl+C or ⌘C."; // some browsers keep the clipboard from pages on disk
    }
  };

  const download = (record) => {
    const content = new Blob([`${JSON.stringify(record, null, 1)}\n`], { type: "application/json" });
    const link = element("a", { href: URL.createObjectURL(content), download: `${record.id}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const panel = (record, repository) => {
    const field = element("textarea", { className: "cite-line", readOnly: true, rows: 3, value: line(record, repository) });
    field.setAttribute("aria-label", "Citation of this claim");
    field.addEventListener("focus", () => field.select());
    const status = element("span", { className: "cite-status" });
    status.setAttribute("role", "status");
    const copies = element("button", { type: "button", textContent: "Copy" });
    copies.addEventListener("click", () => copy(field, status));
    const saves = element("button", { type: "button", textContent: "JSON" });
    saves.setAttribute("aria-label", "Download this claim as JSON");
    saves.addEventListener("click", () => download(record));
    return element("div", { className: "cite-panel" }, field, copies, saves, status);
  };

  const toggle = async (button, claim, after) => {
    if (after.nextElementSibling?.matches(".cite-panel")) {
      after.nextElementSibling.remove();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    let shown;
    try {
      const { claims, repository } = await records();
      shown = panel(claims[claim], repository);
    } catch {
      shown = element("p", { className: "cite-panel", textContent: "claims.js is not beside this book, so there is no citation." });
    }
    if (after.nextElementSibling?.matches(".cite-panel")) return; // pressed twice while the records came
    after.after(shown);
    button.setAttribute("aria-expanded", "true");
    shown.querySelector("textarea")?.focus();
  };

  const add = (box, head, after) => {
    const claim = box.id.replace(/^claim-/, "");
    const button = element("button", { type: "button", className: "cite", textContent: "cite" });
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", `Cite the claim ${claim}`);
    button.addEventListener("click", () => toggle(button, claim, after));
    head.append(button);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("article .verdict[id]")) {
      const head = box.querySelector(".verdict-head");
      add(box, head, head);
    }
    // the rows of the scorecard get theirs when they are opened: there are more than a thousand
    for (const place of document.querySelectorAll("details.place")) {
      place.addEventListener("toggle", () => {
        for (const row of place.querySelectorAll("li[id]")) {
          if (row.querySelector("button.cite")) continue;
          const origin = row.querySelector(".origin");
          add(row, origin, origin);
        }
      });
    }
  });
})();
