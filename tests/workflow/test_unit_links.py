"""A claim that names units leads to them in the unit explorer, and to nothing that is not there."""

import json

import nbformat
import pytest
from bs4 import BeautifulSoup

from helpers.pages.box import box
from helpers.pages.findings import decide
from tests.helpers.pages.test_findings import claim
from workflow import unit_links
from workflow.scorecard import rows
from workflow.unit_links import UnitLinksError
from workflow.units import scripts
from workflow.units.bound import NETWORK

EVIL = "a</script><b>&\u2028"  # a claim's statement: the data have it, and no link shows it


def network(folders, name, claims, *, described=True):
    """The folder of a network in which these claims name units, by "layer/number"."""
    content = {unit: [{"id": one, "statement": EVIL} for one in names] for unit, names in claims.items()}
    scripts.write(folders / name / "claims.js", f"{name}/claims", content)
    if described:
        (folders / name / NETWORK).write_text("{}")


def finding(name, **others):
    """A claim of this name as results.json has it."""
    return decide(claim({"at_least": 0.2}, id=name, **others), [0.5, 0.6], scale="laptop").as_json()


def shown(units, *ids, page="study/01_page"):
    """What follows "Units" in the box of each claim on a page, as (text, address)."""
    html = "".join(box(finding(one, measured="a </dl> b")) for one in ids)
    outputs = [nbformat.v4.new_output("display_data", {"text/html": html}), nbformat.v4.new_output("stream", text="x")]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    unit_links.add(notebook, units, page=page)
    boxes = BeautifulSoup(outputs[0]["data"]["text/html"], "html.parser").select(".verdict")
    terms = [one.find("dt", string="Units") for one in boxes]
    return [term and [(a.text, a["href"]) for a in term.find_next("dd").select("a")] for term in terms]


def test_claims_find_their_units_in_what_the_explorer_says_of_its_units(tmp_path):
    network(tmp_path, "vgg16", {"conv1_2/29": ["a"], "conv4_1/7": ["b", "a"]})
    network(tmp_path, "googlenet", {"mixed4b_5x5/3": ["b"]})
    network(tmp_path, "not_here", {"conv1/1": ["a"]}, described=False)
    (tmp_path / "no_claims").mkdir()
    (tmp_path / "no_claims" / NETWORK).write_text("{}")
    assert unit_links.named(tmp_path) == {
        "a": ["vgg16/conv1_2/29", "vgg16/conv4_1/7"],
        "b": ["googlenet/mixed4b_5x5/3", "vgg16/conv4_1/7"],
    }
    assert unit_links.named(tmp_path / "no explorer") == {}


@pytest.mark.parametrize(
    "text", ["", "window.unitsData(1);\n", 'window.unitsData("a",{);\n', "[]", "window.unitsData("]
)
def test_damaged_claims_of_a_network_are_named(tmp_path, text):
    network(tmp_path, "vgg16", {"conv1_2/29": ["a"]})
    (tmp_path / "vgg16" / "claims.js").write_text(text)
    with pytest.raises(UnitLinksError, match=r"vgg16/claims\.js is damaged"):
        unit_links.named(tmp_path)


def test_the_boxes_of_claims_that_name_units_have_links():
    units = {"a": ["vgg16/conv1_2/29"], "c.1": ["googlenet/mixed4b_5x5/3", 'n/"<b>#?%/4']}
    assert shown(units, "a", "b", "c.1") == [
        [("vgg16/conv1_2/29", "../units.html#vgg16/conv1_2/29")],
        None,
        [
            ("googlenet/mixed4b_5x5/3", "../units.html#googlenet/mixed4b_5x5/3"),
            ('n/"<b>#?%/4', "../units.html#n/%22%3Cb%3E%23%3F%25/4"),
        ],
    ]
    assert shown(units, "a", page="page") == [[("vgg16/conv1_2/29", "units.html#vgg16/conv1_2/29")]]
    assert shown({}, "a") == [None]


def test_the_row_of_the_scorecard_has_the_same_links():
    records = [finding(name) | {"study_value": None} for name in ("a", "other")]
    text = rows.script(records, {"a": ["vgg16/conv1_2/29"]})
    details = json.loads(text.removeprefix("window.CLAIM_DETAILS = ").removesuffix(";\n"))
    read = {name: BeautifulSoup(html, "html.parser") for name, html in details.items()}
    (link,) = read["a"].select("a")
    assert (link.parent.text, link["href"]) == ("Units: vgg16/conv1_2/29", "units.html#vgg16/conv1_2/29")
    assert read["other"].select("a") == []
