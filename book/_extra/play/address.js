// What is shown, in the address behind "#": it can be sent, and the browser's buttons go back and forth.
"use strict";
(() => {
  const play = (window.play ??= {});

  // apply: called with the address's entries, {name: text}, when the reader goes back, forth, or edits the address.
  play.address = (apply) => {
    let own = location.hash;
    const read = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const changed = () => {
      if (location.hash === own) return;
      own = location.hash;
      apply(read());
    };
    addEventListener("hashchange", changed);
    addEventListener("popstate", changed);

    // entries: {name: text}; those that are empty are left out. step: whether "back" returns to what was before.
    function write(entries, { step = false } = {}) {
      const text = new URLSearchParams(Object.entries(entries).filter(([, value]) => `${value}` !== "")).toString();
      if (`#${text}` === location.hash) return;
      history[step ? "pushState" : "replaceState"](null, "", `#${text}`);
      own = location.hash;
    }
    return { read, write };
  };

  // A whole number, or a number, of an address or a field; not a number if the text is none.
  play.numeral = (text) => (/^-?\d+(\.\d+)?$/.test(text ?? "") ? Number(text) : NaN);

  // A button that copies the address, or, where a browser does not let it, shows it to be copied.
  play.linkButton = () => {
    const { element } = play;
    const button = element("button", { type: "button" }, "Copy link");
    const field = element("input", { readOnly: true, hidden: true, ariaLabel: "Link to what is shown" });
    const words = element("span", { role: "status" });
    button.addEventListener("click", async () => {
      field.value = location.href;
      try {
        await navigator.clipboard.writeText(location.href);
        words.textContent = "Copied.";
      } catch {
        field.hidden = false;
        field.select();
        words.textContent = "Copy it from the field.";
      }
    });
    return element("span", { className: "link" }, button, field, words);
  };
})();
