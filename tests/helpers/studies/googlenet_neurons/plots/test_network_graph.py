"""The HTML of a graph: what a reader without a picture gets, and that nothing is asked of a network."""

import base64
import json
import re

import pytest
import torch

from helpers.studies.googlenet_neurons.plots.interactive.network_graph import (
    GraphError,
    Measure,
    NodeGraph,
    network_graph,
)

GRAPH = NodeGraph(
    members=torch.tensor([3, 4, 5]),
    places=torch.tensor([[0.0, 0], [1, 0], [0, 1]]),
    edges=torch.tensor([[0, 1], [0, 2]]),
    measures={
        "height": Measure(values=torch.tensor([0.5, float("nan"), 2])),
        "angle": Measure(values=torch.tensor([-3.14, 0, 3.14]), scale="cyclic", ends=("left", "right", "left")),
    },
    pictures=[torch.tensor([[[1.0, -1], [0, 0.5]]])] * 3,
)


def content(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def test_numbers_colours_and_pictures():
    (graph,) = content(network_graph({"a </script> graph": GRAPH}, label="graph"))["graphs"]
    assert graph["name"] == "a </script> graph"
    assert graph["members"] == [3, 4, 5]
    assert graph["edges"] == [[0, 1], [0, 2]]
    height, angle = graph["measures"]
    assert height["values"] == ["0.5", "none", "2"]
    assert height["ends"] == ["0.5", "2"]
    assert height["colours"] == [height["legend"][0], "#888888", height["legend"][-1]]
    assert angle["ends"] == ["left", "right", "left"]
    assert list(base64.b64decode(graph["pictures"][0])) == [255, 0, 128, 191]


def test_the_table_says_what_the_drawing_shows():
    page = network_graph({"first": GRAPH, "second": GRAPH}, label="graph", member="kernel")
    table = re.search(r"<table>.*?</table>", page)[0]
    assert re.findall(r'<th scope="col">(.*?)</th>', table) == ["node", "kernels", "joined to", "height", "angle"]
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(<td>.*?)</tr>", table)]
    assert rows == [["0", "3", "1, 2", "0.5", "-3.14"], ["1", "4", "0", "none", "0"], ["2", "5", "0", "2", "3.14"]]


def test_the_same_at_every_call_and_without_a_network():
    page = network_graph({"a": GRAPH}, label="graph")
    assert page == network_graph({"a": GRAPH}, label="graph")
    assert not re.search(r'(src|href)="|@import|url\(|fetch\(|XMLHttpRequest|import\(', page)


def test_bad_input():
    with pytest.raises(GraphError, match="No graph"):
        network_graph({}, label="graph")
    none = NodeGraph(
        members=torch.zeros(0, dtype=torch.long),
        places=torch.zeros(0, 2),
        edges=torch.zeros(0, 2, dtype=torch.long),
        measures={},
        pictures=[],
    )
    with pytest.raises(GraphError, match="The graph b has no node"):
        network_graph({"a": GRAPH, "b": none}, label="graph")
