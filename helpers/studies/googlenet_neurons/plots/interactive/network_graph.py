"""A graph to look into: drag, zoom, colour by another measure, see and pin what is in a node; as HTML for a page.

D3 (https://d3js.org, ISC licence) lays out and moves; its modules stand inside the HTML, which asks no network for
anything. The layout begins at the places that are given and is computed in the same steps at every load.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int
from matplotlib import colormaps
from matplotlib.colors import to_hex
from torch import Tensor

from helpers.errors import BadInput

_HERE = Path(__file__).parent
_MODULES = (  # in the order in which they need each other
    *("color", "dispatch", "timer", "quadtree", "ease", "interpolate"),
    *("selection", "drag", "force", "transition", "zoom"),
)
_MAPS = {"sequential": "viridis", "cyclic": "twilight"}
_STEPS = 24  # colours of a legend


class GraphError(BadInput):
    """A graph that cannot be drawn."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number for each node, NaN where there is none.

    scale: "sequential" from the lowest value to the highest; "cyclic" for angles from -π to π.
    ends: what stands at both ends of the legend, and for angles also between them, at equal distances.
    """

    values: Float[Tensor, " node"]
    scale: Literal["sequential", "cyclic"] = "sequential"
    ends: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class NodeGraph:
    """A graph with at least one node.

    members: the number of members of each node, to which its area is in proportion.
    places: where the layout begins, in any unit.
    edges: pairs of nodes.
    measures: by which nodes can be coloured; all graphs of a figure have the same.
    pictures: for each node some small pictures (picture, row, column), the first of which stands for it; brightest and
        darkest are the largest absolute value of each.
    """

    members: Int[Tensor, " node"]
    places: Float[Tensor, "node 2"]
    edges: Int[Tensor, "edge 2"]
    measures: Mapping[str, Measure]
    pictures: Sequence[Tensor]


def network_graph(graphs: Mapping[str, NodeGraph], *, label: str, member: str = "member") -> str:
    """HTML of one figure, in which a reader chooses among graphs by name; the first is shown at first.

    label: what the figure is, for those who do not see it. member: what a node has, in the singular.

    Raises GraphError for no graph, and for a graph without nodes.
    """
    if not graphs:
        raise GraphError("No graph is given; one at least can be drawn.")
    for name, graph in graphs.items():
        if not len(graph.members):
            raise GraphError(f"The graph {name} has no node; one at least can be drawn.")
    content = json.dumps(
        {"label": label, "member": member, "graphs": [_as_plain(name, graph) for name, graph in graphs.items()]},
        separators=(",", ":"),
    ).replace("</", "<\\/")
    number = f"graph-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    first_name, first = next(iter(graphs.items()))
    return (
        f'<div class="network-graph" id="{number}"><style>{_text("network_graph.css")}</style>'
        f'<div class="ng-drawing"></div><details class="ng-text"><summary>The same as a table</summary>'
        f'<div class="ng-scroll" tabindex="0" role="region" aria-label="Table of the nodes">'
        f"{_table(first_name, first, member)}</div></details>"
        f'<script type="application/json">{content}</script><script>{_program(number)}</script></div>'
    )


def _program(number: str) -> str:
    """D3 and the drawing, in a scope of their own: nothing of the page is changed."""
    modules = "\n".join(_text(f"d3/d3-{name}.min.js") for name in _MODULES)
    return (
        "(function () {\nconst globalThis = {}, exports = undefined, module = undefined, define = undefined;\n"
        f"{modules}\nconst d3 = globalThis.d3;\n{_text('network_graph.js')}\n"
        f"drawNetworkGraph(d3, document.getElementById({json.dumps(number)}));\n}})();"
    )


def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _as_plain(name: str, graph: NodeGraph) -> dict[str, Any]:
    pictures = [base64.b64encode(_bytes(pictures)).decode() for pictures in graph.pictures]
    return {
        "name": name,
        "members": graph.members.tolist(),
        "places": [[round(float(x), 4) for x in place] for place in _scaled(graph.places)],
        "edges": graph.edges.tolist(),
        "measures": [_coloured(title, measure) for title, measure in graph.measures.items()],
        "shape": list(graph.pictures[0].shape[1:]),
        "pictures": pictures,
    }


def _bytes(pictures: Float[Tensor, "picture row column"]) -> bytes:
    """Grey levels of 0 to 255, in the middle of which is 0."""
    top = pictures.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-12)
    return bytes(((pictures / top + 1) * 127.5).round().byte().flatten().tolist())


def _scaled(places: Float[Tensor, "node 2"]) -> np.ndarray:
    """Places from -1 to 1."""
    centred = places.double().numpy() - places.double().numpy().mean(axis=0)
    return centred / max(float(np.abs(centred).max()), 1e-12)


def _coloured(title: str, measure: Measure) -> dict[str, Any]:
    values = measure.values.double().numpy()
    known = np.isfinite(values)
    if measure.scale == "cyclic":
        low, high = -np.pi, np.pi
    else:
        low, high = (float(f(values[known])) if known.any() else 0.0 for f in (np.min, np.max))
    shares = np.clip((np.where(known, values, low) - low) / max(high - low, 1e-12), 0, 1)
    colours = colormaps[_MAPS[measure.scale]]
    return {
        "title": title,
        "values": [f"{value:.3g}" if there else "none" for value, there in zip(values, known, strict=True)],
        "colours": [to_hex(colours(share)) if there else "#888888" for share, there in zip(shares, known, strict=True)],
        "legend": [to_hex(colours(share)) for share in np.linspace(0, 1, _STEPS)],
        "ends": list(measure.ends) or [f"{low:.3g}", f"{high:.3g}"],
    }


def _table(name: str, graph: NodeGraph, member: str) -> str:
    """A row for each node: its members, the nodes that it is joined to, and its measures."""
    heads = ["node", f"{member}s", "joined to", *graph.measures]
    neighbours: dict[int, list[int]] = {node: [] for node in range(len(graph.members))}
    for a, b in graph.edges.tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    rows = []
    for node, members in enumerate(graph.members.tolist()):
        joined = ", ".join(map(str, sorted(neighbours[node]))) or "no node"
        values = [_coloured(title, measure)["values"][node] for title, measure in graph.measures.items()]
        rows.append("".join(f"<td>{cell}</td>" for cell in (node, members, joined, *values)))
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><caption>{html.escape(name)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
