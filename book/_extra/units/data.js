// The data come as scripts, since a page from disk cannot fetch: each calls unitsData(key, value). Numbers are base64.
"use strict";
(() => {
  const FOLDER = new URL("data/", document.currentScript.src).href;
  const ABOVE = new URL("./", document.currentScript.src).href;
  const arrived = new Map();
  const asked = new Map(); // key -> promise
  const layers = new Map(); // "network/key" -> Layer
  const NONE = { u16: 0xffff, u32: 0xffffffff };
  const KINDS = { f32: Float32Array, u16: Uint16Array, u32: Uint32Array, i16: Int16Array };

  window.unitsData = (key, value) => arrived.set(key, value);

  const encoded = (path) => path.split("/").map(encodeURIComponent).join("/");
  const urls = new Map(); // path -> address
  function fileUrl(path) {
    if (!urls.has(path)) urls.set(path, new URL(encoded(path), ABOVE).href);
    return urls.get(path);
  }

  function load(key) {
    if (!asked.has(key)) {
      asked.set(key, new Promise((resolve, reject) => {
        if (arrived.has(key)) return void resolve(arrived.get(key));
        const script = document.createElement("script");
        const failed = () => {
          asked.delete(key);
          reject(new Error(`The file data/${key}.js of the unit explorer is missing or damaged; build it again.`));
        };
        script.src = `${FOLDER}${encoded(key)}.js`;
        script.onload = () => (arrived.has(key) ? resolve(arrived.get(key)) : failed());
        script.onerror = failed;
        document.head.append(script);
      }));
    }
    return asked.get(key);
  }

  function numbers(text, kind) {
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let k = 0; k < letters.length; k++) bytes[k] = letters.charCodeAt(k);
    return new KINDS[kind](bytes.buffer);
  }

  class Layer {
    constructor(network, described, raw) {
      Object.assign(this, { network, raw, name: described.name, units: described.units, described });
      this.decoded = new Map();
    }
    get address() { return { network: this.network.id, layer: this.name }; }
    array(path, text, kind) {
      if (!this.decoded.has(path)) this.decoded.set(path, numbers(text, kind));
      return this.decoded.get(path);
    }
    // The columns of this layer, in the order of the network's list.
    get columns() {
      return this.network.columns.filter((column) => column.name in this.raw.columns);
    }
    // One number a unit; a text column gives its codes, NaN for none.
    values(name) {
      const column = this.raw.columns[name];
      if (typeof column === "string") return this.array(`column ${name}`, column, "f32");
      const key = `codes ${name}`;
      if (!this.decoded.has(key)) {
        const codes = Float32Array.from(numbers(column.codes, "u16"), (code) => (code === NONE.u16 ? NaN : code));
        this.decoded.set(key, codes);
      }
      return this.decoded.get(key);
    }
    texts(name) { return this.raw.columns[name]?.texts ?? null; }
    // A value in words, null where there is none.
    shown(column, unit) {
      const value = this.values(column.name)[unit];
      if (Number.isNaN(value)) return null;
      if (column.type === "text") return this.texts(column.name)[value] ?? null;
      return column.type === "truth" ? (value ? "yes" : "no") : window.unitExplorer.dom.number(value);
    }
    percentile(column, unit) {
      const name = column.percentile;
      return name && name in this.raw.columns ? this.values(name)[unit] : NaN;
    }
    active(unit) { return this.raw.active ? this.array("active", this.raw.active, "f32")[unit] : NaN; }
    // Where no ReLU follows, a unit may answer below 0 throughout: it is not dead.
    dead(unit) { return this.active(unit) === 0 && !(this.least(unit) < 0); }
    least(unit) {
      const quantiles = this.raw.range?.quantiles ?? [];
      return this.row("range.values", "f32", unit, quantiles.length)?.[quantiles.indexOf(0)] ?? NaN;
    }
    // Row `unit` of a table that lies in the layer as base64, as an array of `width` numbers.
    row(path, kind, unit, width) {
      const text = path.split(".").reduce((inside, name) => inside?.[name], this.raw);
      if (!text) return null;
      return this.array(path, text, kind).subarray(unit * width, (unit + 1) * width);
    }
    sheet(kind, unit) {
      const sheet = this.raw.sheets?.[kind];
      if (!sheet) return null;
      const row = this.array(`sheet ${kind}`, sheet.index, "i16")[unit];
      return row < 0 ? null : { ...sheet, row };
    }
    has(kind) { return Boolean(this.raw.sheets?.[kind]); }
  }

  async function loadLayer(network, described) {
    const key = `${network.id}/${described.key}`;
    const raw = await load(key);
    if (!layers.has(key)) layers.set(key, new Layer(network, described, raw));
    return layers.get(key);
  }

  async function loadNetworks() {
    const networks = await load("networks");
    for (const network of networks) {
      let start = 0;
      for (const layer of network.layers) {
        layer.start = start;
        start += layer.units;
      }
      network.units = start;
      network.hidden = new Set(network.columns.map((column) => column.percentile).filter(Boolean));
    }
    return networks;
  }

  // The unit with this number in the whole network; null for "none".
  function unitOf(network, global) {
    if (global >= network.units) return null;
    const layer = network.layers.filter((one) => one.start <= global).pop();
    return { network: network.id, layer: layer.name, unit: global - layer.start };
  }

  const loaded = () => [...layers.values()];
  // A layer whose data are here already, else undefined.
  const known = (network, name) =>
    layers.get(`${network.id}/${network.layers.find((one) => one.name === name).key}`);
  window.unitExplorer.data = { load, loadLayer, loadNetworks, loaded, known, numbers, fileUrl, unitOf, NONE };
})();
