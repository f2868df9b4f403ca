"""The links between boxes, cells and the scorecard, in a small document."""

from types import SimpleNamespace

from docutils import nodes
from docutils.utils import new_document

from helpers.pages.box import box
from helpers.pages.findings import decide
from tests.helpers.pages.test_findings import claim
from workflow.claim_cells import link_claims

BOX = '<div class="verdict" id="claim-{0}"><a class="verdict-link" href="#claim-{0}" title="Address">#</a></div>'


def cell(*outputs):
    """A cell of code as MyST-NB makes it, with these outputs as HTML."""
    container = nodes.container(nb_element="cell_code")
    container += [nodes.container("", nodes.raw("", output, format="html")) for output in outputs]
    return container


def linked(*cells, page="study/01_page"):
    document = new_document("page")
    document += cells
    link_claims(SimpleNamespace(env=SimpleNamespace(docname=page)), document)
    return document


def test_a_cell_has_a_name_for_each_claim_whose_box_it_shows():
    cells = [cell("<p>text</p>"), cell(BOX.format("a.1") + BOX.format("b"), BOX.format("c")), cell()]
    linked(*cells)
    assert [one["ids"] for one in cells] == [[], ["code-a.1", "code-b", "code-c"], []]


def test_a_box_links_its_row_in_the_scorecard():
    one = cell(BOX.format("a.1"))
    (raw,) = linked(one).findall(nodes.raw)
    own = '<a class="verdict-link" href="#claim-a.1" title="Address">#</a>'
    row = 'class="verdict-link verdict-row" href="../scorecard.html#claim-a.1" title="This claim in the scorecard"'
    assert raw.astext() == f'<div class="verdict" id="claim-a.1"><a {row}>scorecard</a> {own}</div>'
    (raw,) = linked(cell(BOX.format("a")), page="top").findall(nodes.raw)
    assert 'href="scorecard.html#claim-a"' in raw.astext()


def test_what_is_no_cell_stays_as_it_is():
    document = linked(nodes.container("", nodes.raw("", BOX.format("a"), format="html")))
    (raw,) = document.findall(nodes.raw)
    assert raw.astext() == BOX.format("a")


def test_the_box_of_a_claim_is_one_that_is_linked():
    shown = box(decide(claim({"at_least": 0.5}, id="a.b"), [0.9, 0.91], scale="laptop").as_json())
    one = cell(shown)
    (raw,) = linked(one).findall(nodes.raw)
    assert one["ids"] == ["code-a.b"]
    assert 'href="../scorecard.html#claim-a.b"' in raw.astext()
