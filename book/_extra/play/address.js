// What is shown, in the address behind "#": it can be sent, and the browser's buttons go back and forth.
"use strict";
(() => {
  const play = (window.play ??= {});
  const SECOND_THOUGHT = 300; // milliseconds after which what is shown is a step that "back" undoes

  // entries: gives what is shown, {name: text}, of which empty ones are left out; or null while nothing is shown.
  // apply: called with such entries when the reader goes back, forth, to one of our links, or edits the address.
  // A heading's link is no state: what is shown stays, and the browser's history keeps it beside that link.
  play.address = (entries, apply) => {
    const isState = () => location.hash.includes("=");
    const kept = () => (isState() ? location.hash.slice(1) : (history.state?.shown ?? null));
    const parsed = (text) => Object.fromEntries(new URLSearchParams(text ?? ""));
    let own = kept(); // what the address held when it was last written or read
    let waiting = null; // whether what is to be written soon is a step
    let timer;

    function text() {
      const shown = entries();
      if (!shown) return own;
      return `${new URLSearchParams(Object.entries(shown).filter(([, value]) => `${value}` !== ""))}`;
    }

    function forget() {
      clearTimeout(timer);
      waiting = null;
    }

    // isStep: says whether "back" returns to what was before.
    function write(isStep = () => false) {
      forget();
      const now = text();
      if (now !== kept()) {
        if (isStep()) history.pushState(null, "", `#${now}`);
        else if (isState() || location.hash === "") history.replaceState(null, "", `#${now}`);
        else history.replaceState({ shown: now }, "");
      }
      own = now;
    }

    // Write what is shown once nothing has changed it for a while.
    function soon(isStep = () => true) {
      forget();
      waiting = isStep;
      timer = setTimeout(() => write(isStep), SECOND_THOUGHT);
    }

    function changed() {
      const asked = kept();
      if (asked === null) return write();
      if (asked === own && !waiting) return undefined;
      forget();
      own = asked;
      return apply(parsed(asked));
    }
    addEventListener("hashchange", changed);
    addEventListener("popstate", changed);

    // The address of what is shown, which a heading's link is not.
    function href() {
      if (waiting) write(waiting);
      return new URL(`#${text()}`, location.href).href;
    }
    return { read: () => parsed(kept()), write, soon, href };
  };

  // A whole number, or a number, of an address or a field; not a number if the text is none.
  play.numeral = (text) => (/^-?\d+(\.\d+)?$/.test(text ?? "") ? Number(text) : NaN);

  // A button that copies an address, or, where a browser does not let it, shows it to be copied. href: gives it.
  play.linkButton = (href) => {
    const { element } = play;
    const button = element("button", { type: "button" }, "Copy link");
    const field = element("input", { readOnly: true, hidden: true, ariaLabel: "Link to what is shown" });
    const words = element("span", { role: "status" });
    button.addEventListener("click", async () => {
      field.value = href();
      try {
        await navigator.clipboard.writeText(field.value);
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
