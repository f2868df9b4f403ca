// An address for every view: #network/layer/unit?with=network/layer/unit, #network/layer?sort=-measure&where=...
// A grid's "with" is a layer, whose grid stands beside it, or a unit, beside which those that follow are looked at.
"use strict";
(() => {
  const encode = encodeURIComponent;
  const decode = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // a stray % that somebody typed
    }
  };
  const path = ({ network, layer, unit }) =>
    [network, layer, unit].filter((part) => part !== undefined && part !== null).map(encode).join("/");

  // A condition is name:min:0.1, name:max:0.9, name:is:yes or name:has:text; encoded names have no colon or semicolon.
  const condition = ({ name, test, value }) => `${encode(name)}:${test}:${encode(value)}`;

  // Whether what a view has beside it can stand there: beside a unit another unit, beside a grid either.
  const fits = (view, beside) => view.unit === undefined || beside.unit !== undefined;

  function format(view) {
    const fields = [
      ["sort", view.unit === undefined && view.sort ? `${view.sort.falling ? "-" : ""}${encode(view.sort.name)}` : ""],
      ["where", view.unit === undefined && view.where?.length ? view.where.map(condition).join(";") : ""],
      ["show", view.unit === undefined && view.show ? encode(view.show) : ""],
      ["with", view.with && fits(view, view.with) ? path(view.with) : ""],
    ].filter(([, value]) => value);
    return `#${path(view)}${fields.length ? "?" : ""}${fields.map((field) => field.join("=")).join("&")}`;
  }

  // Parts of an address as they are, before anybody looks whether there are such units.
  function parse(hash) {
    const [, place, rest] = hash.replace(/^#/, "").match(/^([^?&]*)[?&]?(.*)$/);
    const fields = new Map(rest.split("&").filter(Boolean).map((field) => {
      const at = field.indexOf("=");
      return [field.slice(0, at), field.slice(at + 1)];
    }));
    const names = (text) => {
      const [network, layer, unit] = text.split("/").map(decode);
      return { network, layer, unit };
    };
    const sort = fields.get("sort");
    const where = (fields.get("where") ?? "").split(";").filter(Boolean).map((one) => {
      const [name, test, value = ""] = one.split(":").map(decode);
      return { name, test, value };
    });
    return {
      ...names(place),
      with: fields.get("with") ? names(fields.get("with")) : null,
      sort: sort ? { name: decode(sort.replace(/^-/, "")), falling: sort.startsWith("-") } : null,
      where,
      show: fields.has("show") ? decode(fields.get("show")) : null,
    };
  }

  // How many letters must change to turn one word into the beginning of the other.
  function distance(one, other) {
    let row = Array.from({ length: other.length + 1 }, (_, k) => k);
    for (let i = 1; i <= one.length; i++) {
      const next = [i];
      for (let j = 1; j <= other.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] !== other[j - 1]));
      }
      row = next;
    }
    return Math.min(...row) + 0.01 * Math.abs(one.length - other.length); // the shorter of two that fit alike
  }
  function nearest(name, names, most = 3) {
    const wanted = name.toLowerCase();
    const far = (other) => {
      const low = other.toLowerCase();
      return distance(wanted.slice(0, 40), low.slice(0, 40)) - (wanted && low.includes(wanted) ? 20 : 0);
    };
    const ranked = names.map((other) => [far(other), other]).sort((a, b) => a[0] - b[0]);
    return ranked.slice(0, most).map(([, other]) => other);
  }

  // Which of the names is meant: itself, or the only one that differs in capitals alone.
  function meant(name, names) {
    if (names.includes(name)) return name;
    const alike = names.filter((other) => other.toLowerCase() === name.toLowerCase());
    return alike.length === 1 ? alike[0] : null;
  }

  class WrongAddress extends Error {
    constructor(sentence, near) {
      super(sentence);
      this.near = near; // addresses of views, to choose from
    }
  }

  // What is shown of a network before anything is chosen.
  const first = (network) => ({ network: network.id, layer: network.start ?? network.layers[0].name });

  function place(names, networks) {
    const ids = networks.map((network) => network.id);
    const id = meant(names.network, ids);
    if (id === null) {
      throw new WrongAddress(`There is no network “${names.network}” here; the nearest names are:`,
        nearest(names.network, ids).map((near) => first(networks.find((one) => one.id === near))));
    }
    const network = networks.find((one) => one.id === id);
    if (!names.layer) return first(network);
    const layers = network.layers.map((layer) => layer.name);
    const layer = meant(names.layer, layers);
    if (layer === null) {
      throw new WrongAddress(`${network.title} has no layer “${names.layer}”; the nearest names are:`,
        nearest(names.layer, layers).map((name) => ({ network: id, layer: name })));
    }
    if (!names.unit) return { network: id, layer };
    const { units } = network.layers.find((one) => one.name === layer);
    const unit = /^\d+$/.test(names.unit) ? Number(names.unit) : NaN;
    if (!(unit < units)) {
      throw new WrongAddress(
        `Layer ${layer} has no unit “${names.unit}”; its units are 0 to ${units - 1}. The nearest are:`,
        [...new Set([0, Math.min(unit || 0, units - 1)])].map((near) => ({ network: id, layer, unit: near })));
    }
    return { network: id, layer, unit };
  }

  // Which conditions a measure of each type can have.
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const CONDITIONS = {
    number: { tests: ["min", "max"], fits: (value) => NUMBER.test(value), words: "min or max, and a number" },
    truth: { tests: ["is"], fits: (value) => value === "yes" || value === "no", words: "is, and yes or no" },
    text: { tests: ["has"], fits: () => true, words: "has, and a text" },
  };

  // What is asked of the grid of a layer, each name as the network has it. kinds: of pictures, each with its words.
  function asked(view, network, kinds) {
    const names = network.columns.map((column) => column.name);
    const measure = (name, instead) => {
      const found = meant(name, names);
      if (found !== null) return found;
      if (!names.length) {
        throw new WrongAddress(`${network.title} has no measures. Without them:`, [{ ...view, sort: null, where: [] }]);
      }
      throw new WrongAddress(`${network.title} has no measure “${name}”; the nearest names are:`,
        nearest(name, names).map((near) => ({ ...view, ...instead(near), words: near })));
    };
    const by = view.sort;
    const sort = by && { ...by, name: measure(by.name, (name) => ({ sort: { ...by, name } })) };
    const where = view.where.map((one) => {
      const renamed = (name) => view.where.map((other) => (other === one ? { ...one, name } : other));
      const name = measure(one.name, (near) => ({ where: renamed(near) }));
      const { tests, fits, words } = CONDITIONS[network.columns.find((column) => column.name === name).type];
      if (tests.includes(one.test) && (one.value === "" || fits(one.value))) return { ...one, name };
      const written = [one.name, one.test, one.value].join(":");
      throw new WrongAddress(`“${written}” is no filter: after ${name} come ${words}. Without it:`,
        [{ ...view, where: view.where.filter((other) => other !== one) }]);
    });
    if (view.show !== null && !kinds.some(([kind]) => kind === view.show)) {
      throw new WrongAddress(`There are no pictures “${view.show}”; these can be shown:`,
        kinds.map(([show, words]) => ({ ...view, show, words })));
    }
    return { ...view, sort, where };
  }

  // The view that an address names; raises WrongAddress.
  function read(hash, networks, kinds) {
    const parts = parse(hash);
    const beside = parts.with ? place(parts.with, networks) : null;
    const alone = place(parts.network ? parts : { network: networks[0].id }, networks);
    const there = { ...alone, with: beside && fits(alone, beside) ? beside : null };
    if (there.unit !== undefined) return { ...there, sort: null, where: [], show: null };
    const { sort, where, show } = parts;
    return asked({ ...there, sort, where, show }, networks.find((one) => one.id === there.network), kinds);
  }

  const same = (one, other) =>
    one.network === other.network && one.layer === other.layer && one.unit === other.unit;

  window.unitExplorer.address = { first, format, read, nearest, same, WrongAddress };
})();
