// Numbers that come as scripts, since a page on disk cannot fetch files: each script calls a function of the window.
"use strict";
(() => {
  const play = (window.play ??= {});

  // A loader: load(key, address) resolves to what the script at this address hands over under this key.
  // receive: the name of the function that the scripts call; keyOf: the key of their description.
  play.loader = (receive, keyOf) => {
    const promises = new Map();
    const arrived = new Map();
    window[receive] = (description, text) => {
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      arrived.set(keyOf(description), { ...description, numbers: new Float32Array(bytes.buffer) });
    };
    return (key, address, what) => {
      if (!promises.has(key)) {
        promises.set(key, new Promise((resolve, reject) => {
          const script = document.createElement("script");
          const failed = () => {
            promises.delete(key);
            reject(new Error(`The data of ${what} could not be loaded; build the book again.`));
          };
          script.src = address;
          script.onload = () => (arrived.has(key) ? resolve(arrived.get(key)) : failed());
          script.onerror = failed;
          document.head.append(script);
        }));
      }
      return promises.get(key);
    };
  };
})();
