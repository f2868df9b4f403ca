"""The box of a claim is read back from its HTML."""

from bs4 import BeautifulSoup

from helpers.pages.box import box
from helpers.pages.findings import decide
from tests.helpers.pages.test_findings import claim

HOSTILE = '<script>alert("a & b")</script>'


def read(finding):
    soup = BeautifulSoup(box(finding.as_json()), "html.parser")
    return soup, dict(zip((t.text for t in soup.find_all("dt")), (d.text for d in soup.find_all("dd")), strict=True))


def test_a_box_says_all_that_was_decided():
    one = claim({"within": 0.1}, value=2.0, unit="points", range=(0, None))
    soup, lines = read(decide(one, [2.0, 2.1, 2.05], scale="laptop"))
    assert soup.div["id"] == "claim-x" and "verdict-holds" in soup.div["class"]
    assert soup.select_one(".verdict-head strong").text == "✓ Holds"
    assert soup.select_one(".verdict-kind").text == "sentence, section 1"
    assert soup.select_one(".verdict-link")["href"] == "#claim-x"
    assert soup.find("svg")["aria-label"].startswith("3 values from 2 to 2.1")
    assert lines == {
        "Measured": "mean of something: 2.05 [1.926, 2.174] points, 3 seeds",
        "Study": "2 points",
        "Rule": "within 10% of the study's value (1.8 to 2.2), with the whole 95% interval. Deviation: +2.5%.",
        "Protocol": "exact",
    }
    assert "because" in soup.details.text


def test_what_a_place_says_already_is_not_said_twice():
    for where, shown in {
        "beyond the study, control": "beyond the study, control",
        "page 3": "beyond the study, page 3",
    }.items():
        one = claim({"at_least": 0.5}, kind="beyond", where=where)
        soup, _ = read(decide(one, [0.9, 0.91], scale="laptop"))
        assert soup.select_one(".verdict-kind").text == shown


def test_a_floor_has_its_line():
    one = claim({"at_least": 0.5}, floor="untrained", range=(0, 1))
    assert read(decide(one, [0.9, 0.91], [0.2], scale="laptop"))[1]["Floor"] == "untrained: 0.2"


def test_few_named_values_stand_in_the_line_and_many_in_the_list():
    few = decide(claim({"order": ["a", "b"]}), {"a": [1], "b": [2]}, scale="laptop")
    assert read(few)[1]["Measured"] == "mean of something: a 1, b 2, 1 seed"
    many = decide(claim({"trend": "increasing"}), {str(i): [i, i] for i in range(9)}, scale="laptop")
    soup, lines = read(many)
    assert lines["Measured"] == "mean of something: 9 values, in the strip, 2 seeds"
    assert len(soup.select("details li")) == 9


def test_arithmetic_shows_the_printed_values():
    one = claim({"arithmetic": "l2 >= l1"}, kind="slip", value={"l1": 0.3, "l2": 0.26})
    soup, lines = read(decide(one, scale="laptop"))
    assert soup.select_one(".verdict-head strong").text == "≠ Slip in the study"
    assert lines["Study"] == "l1 = 0.3; l2 = 0.26" and soup.find("svg") is None


def test_texts_are_shown_as_they_are():
    texts = dict.fromkeys(("id", "where", "statement", "measured", "why", "unit", "floor"), HOSTILE)
    soup, _ = read(decide(claim({"at_most": 1}, **texts), [1.0], [1.0], scale="laptop"))
    assert soup.find("script") is None and soup.select_one(".verdict-statement").text == HOSTILE
