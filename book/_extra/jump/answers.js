// What each method answers: a row with its probabilities over the positions, and a table in words and numbers.
"use strict";
(() => {
  const { element, number, strip, jump } = window.play;
  const COLUMNS = ["Method", "Position", "Error", "Probability of it", "Probability of the jump", "Mean error"];

  // methods: [{key, symbol, title, layers}]; chosen: called with the key of one whose layers a reader wants to see.
  jump.answers = ({ rows, table, told }, methods, { task, chosen }) => {
    const body = element("tbody");
    const head = element("tr", {}, ...COLUMNS.map((text) => element("th", { scope: "col" }, text)));
    table.append(element("thead", {}, head), body);

    const views = methods.map(({ key, symbol, title, layers }) => {
      const filter = key === "filter";
      const say = (k, value) => (filter
        ? `${title}: the smoothed signal changes by ${number(value)} at position ${k + 2}`
        : `${title}: position ${task.first + k} has probability ${number(value)}`);
      const what = filter ? "the change at every position" : "probability of every position";
      const plot = strip({ label: `${title}: ${what}`, say, told });
      const words = element("span", { className: "says" });
      const name = layers
        ? element("label", {}, element("input", { type: "radio", name: "network", value: key }), ` ${title}`)
        : element("span", {}, title);
      const badge = element("span", { className: "symbol", ariaHidden: "true" }, symbol);
      const who = element("div", { className: "who" }, badge, name, words);
      rows.append(element("div", { className: "method" }, who, plot.body));
      const cells = COLUMNS.slice(1).map(() => element("td"));
      const row = element("tr", {}, element("th", { scope: "row" }, title), ...cells);
      body.append(row);
      return { key, plot, words, cells, filter };
    });
    rows.addEventListener("change", ({ target }) => target.name === "network" && chosen(target.value));

    // answers: in the order of the methods, {position, values}: probabilities, or the changes of the filter.
    function show(answers, truth) {
      views.forEach(({ plot, words, cells, filter }, k) => {
        const { position, values } = answers[k];
        const error = position - truth;
        const start = filter ? 1 : task.first - 1;
        const most = values.reduce((top, value) => Math.max(top, value), 0);
        const lines = [{ at: truth - 1 - start, name: "truth" }, { at: position - 1 - start, name: "answer" }];
        plot.show(filter ? values.map((value) => Math.max(0, value)) : values, { start, length: task.length, lines });
        const off = error === 0 ? "exact" : `${error > 0 ? "+" : "−"}${Math.abs(error)}`;
        words.textContent = filter ? `${position} (${off})` : `${position} (${off}), p = ${most.toFixed(2)}`;
        const at = truth - task.first;
        const known = values[at] === undefined ? "0" : number(values[at]);
        const probabilities = filter ? ["–", "–"] : [number(most), known];
        const texts = [`${position}`, error === 0 ? "0" : off, ...probabilities];
        texts.forEach((text, column) => (cells[column].textContent = text));
      });
    }

    // means: the mean error of each method over many signals, or nothing while none is known.
    const showMeans = (means) => views.forEach(({ cells }, k) => {
      cells.at(-1).textContent = means ? means[k].toFixed(2) : "";
    });

    const choose = (key) => {
      for (const input of rows.querySelectorAll("input")) input.checked = input.value === key;
    };
    return { show, showMeans, choose };
  };
})();
