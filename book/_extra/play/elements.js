// Small helpers that all playgrounds share: elements without markup in strings, numbers and words.
"use strict";
(() => {
  const play = (window.play ??= {});

  play.element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("aria")) made.setAttribute(`aria-${name.slice(4).toLowerCase()}`, value);
      else if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };

  play.svg = (tag, attributes = {}, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  play.number = (value) => (value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : value.toFixed(3));
  play.plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  play.dark = () => document.documentElement.dataset.theme === "dark";
  play.indexOfMost = (values) => values.reduce((best, value, k) => (value > values[best] ? k : best), 0);

  // Follows one pointer from where it is put down until it leaves: a second finger, or a palm beside a pen, is passed
  // over. start and move are called with its events, end once it has left. Returns whether a pointer is down.
  play.follow = (body, { start, move, end = () => {} }) => {
    let held = null;
    body.addEventListener("pointerdown", (event) => {
      if (held !== null || event.button !== 0) return;
      held = event.pointerId;
      body.setPointerCapture(held);
      start(event);
    });
    body.addEventListener("pointermove", (event) => event.pointerId === held && move(event));
    body.addEventListener("lostpointercapture", (event) => {
      if (event.pointerId !== held) return;
      held = null;
      end();
    });
    return () => held !== null;
  };

  // Calls a function once nothing has asked for it for a while: for a live region, which must not speak at every step.
  play.afterwards = (action, milliseconds) => {
    let timer;
    return (...given) => {
      clearTimeout(timer);
      timer = setTimeout(() => action(...given), milliseconds);
    };
  };
})();
