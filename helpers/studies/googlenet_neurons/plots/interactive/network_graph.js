// Draws the graphs whose numbers stand in the JSON of ``root``; d3: its modules. See network_graph.py.
function drawNetworkGraph(d3, root) {
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const SIZE = 600, TICKS = 300; // the drawing's own units; steps of the layout, the same at every load
  const drawing = root.querySelector(".ng-drawing"), scroll = root.querySelector(".ng-scroll");
  const make = (name, attributes, ...inside) => {
    const element = Object.assign(document.createElement(name), attributes);
    element.append(...inside);
    return element;
  };
  const choice = (ariaLabel, names) => make("select", { ariaLabel }, ...names.map((name, k) => make("option", { value: k }, name)));
  const button = (text, act) => make("button", { type: "button", onclick: act }, text);

  const which = choice("Graph", data.graphs.map((graph) => graph.name));
  const colour = choice("Colour", data.graphs[0].measures.map((measure) => measure.title));
  const tip = make("div", { className: "ng-tip", hidden: true });
  const pins = make("div", { className: "ng-pins" });
  const legend = make("div", { className: "ng-legend" });
  const stage = make("div", { className: "ng-stage" }, tip);
  const tools = make("div", { className: "ng-tools" },
    make("label", {}, "Graph", which), make("label", {}, "Colour", colour),
    button("Larger", () => svg.call(zoom.scaleBy, 1.4)), button("Smaller", () => svg.call(zoom.scaleBy, 1 / 1.4)),
    button("Whole graph", () => svg.call(zoom.transform, d3.zoomIdentity)));
  drawing.append(tools, stage, legend, make("p", { className: "ng-hint" },
    "Point at a node to see its " + data.member + "s, drag it, or click to pin it. With the keyboard: Tab leads to the "
    + "graph, arrows to the node in that direction, Enter pins, + and − change the size, Escape unpins all."), pins);

  const svg = d3.select(stage).append("svg").attr("viewBox", [-SIZE / 2, -SIZE / 2, SIZE, SIZE])
    .attr("role", "group").attr("aria-label", data.label);
  const inner = svg.append("g"), lines = inner.append("g"), circles = inner.append("g");
  const zoom = d3.zoom().scaleExtent([0.3, 12]).on("zoom", (event) => inner.attr("transform", event.transform))
    // the page scrolls by wheel and by one finger; Ctrl and the wheel, or two fingers, change the size
    .filter((event) => (event.type === "wheel" ? event.ctrlKey : !event.touches || event.touches.length > 1));
  svg.call(zoom).on("dblclick.zoom", null);

  let graph, nodes, links, simulation, joinedTo;
  const radius = (members, most) => 4 + 20 * Math.sqrt(members / most);

  function show() {
    graph = data.graphs[which.value];
    const most = Math.max(...graph.members);
    nodes = graph.members.map((members, k) => ({
      k, members, r: radius(members, most), x: graph.places[k][0] * SIZE * 0.4, y: -graph.places[k][1] * SIZE * 0.4,
    }));
    joinedTo = nodes.map(() => []);
    graph.edges.forEach(([a, b]) => { joinedTo[a].push(b); joinedTo[b].push(a); });
    links = graph.edges.map(([source, target]) => ({ source, target }));
    simulation = d3.forceSimulation(nodes).stop()
      .force("link", d3.forceLink(links).distance((link) => link.source.r + link.target.r + 14).strength(0.6))
      .force("charge", d3.forceManyBody().strength(-60).distanceMax(SIZE / 2))
      .force("x", d3.forceX().strength(0.06)).force("y", d3.forceY().strength(0.06))
      .force("collide", d3.forceCollide((node) => node.r + 2));
    simulation.tick(TICKS);
    fit();
    pins.replaceChildren();
    hide();
    draw();
    paint();
    table();
    simulation.on("tick", place).alpha(0);
    svg.call(zoom.transform, d3.zoomIdentity);
  }

  function fit() { // the layout fills the drawing, whatever its size
    const reach = Math.max(...nodes.map((node) => Math.max(Math.abs(node.x), Math.abs(node.y)) + node.r));
    svg.attr("viewBox", [-reach, -reach, 2 * reach, 2 * reach].map((value) => value * 1.05));
  }

  function draw() {
    lines.selectAll("line").data(links).join("line");
    circles.selectAll("g").data(nodes).join((enter) => {
      const group = enter.append("g").attr("class", "ng-node").attr("role", "button");
      group.append("circle");
      return group;
    }).classed("ng-pinned", false).attr("tabindex", (node) => (node.k ? -1 : 0))
      .attr("aria-pressed", "false").attr("aria-label", describe)
      .on("pointerenter focus", (event, node) => tell(node)).on("pointerleave blur", hide)
      .on("click", (event, node) => pin(node)).on("keydown", key).call(drag())
      .select("circle").attr("r", (node) => node.r);
    place();
  }

  function place() {
    lines.selectAll("line").attr("x1", (link) => link.source.x).attr("y1", (link) => link.source.y)
      .attr("x2", (link) => link.target.x).attr("y2", (link) => link.target.y);
    circles.selectAll("g").attr("transform", (node) => `translate(${node.x},${node.y})`);
  }

  function paint() {
    const measure = graph.measures[colour.value];
    circles.selectAll("g").attr("aria-label", describe).select("circle").attr("fill", (node) => measure.colours[node.k]);
    const bar = make("span", { className: "ng-bar" });
    bar.style.background = `linear-gradient(to right, ${measure.legend.join()})`;
    const ends = make("span", { className: "ng-ends" }, measure.ends.join(" · "));
    legend.replaceChildren(measure.title, bar, ends);
  }

  function describe(node) {
    const measure = graph.measures[colour.value], others = joinedTo[node.k];
    return `Node ${node.k}: ${node.members} ${data.member}s; ${measure.title} ${measure.values[node.k]}; joined to `
      + (others.length ? others.join(", ") : "no node");
  }

  function picture(bytes, from, className) {
    const [rows, columns] = graph.shape;
    const canvas = make("canvas", { width: columns, height: rows, className });
    canvas.setAttribute("aria-hidden", "true");
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    for (let k = 0; k < rows * columns; k++) image.data.set([...Array(3).fill(bytes.charCodeAt(from + k)), 255], 4 * k);
    context.putImageData(image, 0, 0);
    return canvas;
  }

  function card(node) { // the mean picture, then those of members
    const bytes = atob(graph.pictures[node.k]), size = graph.shape[0] * graph.shape[1];
    const all = Array.from({ length: bytes.length / size }, (_, k) => picture(bytes, k * size, k ? "" : "ng-mean"));
    return make("div", { className: "ng-card" }, make("p", {}, describe(node)),
      make("div", { className: "ng-kernels" }, ...all));
  }

  function tell(node) {
    tip.replaceChildren(card(node));
    tip.hidden = false;
    const box = stage.getBoundingClientRect();
    const at = circles.selectAll("g").filter((other) => other === node).node().getBoundingClientRect();
    const left = at.right - box.left + tip.offsetWidth > box.width ? at.left - box.left - tip.offsetWidth - 6 : at.right - box.left + 6;
    tip.style.left = `${Math.max(0, Math.min(left, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${Math.max(0, Math.min(at.top - box.top, box.height - tip.offsetHeight))}px`;
    circles.selectAll("g").classed("ng-near", (other) => joinedTo[node.k].includes(other.k));
  }

  function hide() {
    tip.hidden = true;
    circles.selectAll("g").classed("ng-near", false);
  }

  function pin(node) {
    const held = node.fx == null;
    [node.fx, node.fy] = held ? [node.x, node.y] : [null, null];
    circles.selectAll("g").filter((other) => other === node).classed("ng-pinned", held).attr("aria-pressed", held);
    const there = pins.querySelector(`[data-node="${node.k}"]`);
    if (there) there.remove();
    if (held) {
      const kept = card(node);
      kept.dataset.node = node.k;
      pins.append(kept);
    }
  }

  function key(event, node) {
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (event.key === "Enter" || event.key === " ") pin(node);
    else if (event.key === "+" || event.key === "=") svg.call(zoom.scaleBy, 1.4);
    else if (event.key === "-") svg.call(zoom.scaleBy, 1 / 1.4);
    else if (event.key === "Escape") nodes.filter((other) => other.fx != null).forEach(pin);
    else if (ways[event.key]) go(node, ways[event.key]);
    else return;
    event.preventDefault();
  }

  function go(node, [x, y]) { // to the nearest node in this direction; those aside count as farther
    const cost = (other) => {
      const along = (other.x - node.x) * x + (other.y - node.y) * y;
      const aside = Math.abs((other.x - node.x) * y) + Math.abs((other.y - node.y) * x);
      return along > 0 ? along + 2 * aside : Infinity;
    };
    const next = nodes.reduce((best, other) => (cost(other) < cost(best) ? other : best), node);
    if (next === node) return;
    circles.selectAll("g").attr("tabindex", (other) => (other === next ? 0 : -1))
      .filter((other) => other === next).node().focus();
  }

  function drag() {
    return d3.drag().clickDistance(4)
      .on("start", (event, node) => { node.kept = node.fx != null; })
      .on("drag", (event, node) => {
        [node.fx, node.fy] = [event.x, event.y];
        simulation.alphaTarget(0.2).restart();
        hide();
      })
      .on("end", (event, node) => {
        simulation.alphaTarget(0);
        if (!node.kept) [node.fx, node.fy] = [null, null];
      });
  }

  function table() {
    const heads = ["node", data.member + "s", "joined to", ...graph.measures.map((measure) => measure.title)];
    const cell = (text) => make("td", {}, String(text));
    const head = make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text))));
    const rows = nodes.map((node) => make("tr", {}, cell(node.k), cell(node.members),
      cell(joinedTo[node.k].slice().sort((a, b) => a - b).join(", ") || "no node"),
      ...graph.measures.map((measure) => cell(measure.values[node.k]))));
    scroll.replaceChildren(make("table", {}, make("caption", {}, graph.name), head, make("tbody", {}, ...rows)));
  }

  which.addEventListener("change", show);
  colour.addEventListener("change", paint);
  show();
}
