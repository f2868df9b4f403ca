"""A table of a study: every number has its mark, its link and its box."""

from bs4 import BeautifulSoup

from helpers.pages.claim_table import claim_table
from helpers.pages.findings import decide
from tests.helpers.pages.test_findings import claim


def cell(name, values, study=2.0, **other):
    one = claim({"within": 0.1}, id=name, value=study, **other)
    return decide(one, values, scale="laptop", missing="" if values else "data").as_json()


def test_cells_marks_links_and_boxes():
    table = claim_table(
        "Table 1", {"mlp": {"L1": cell("a", [2, 2]), "L2": cell("b", [9, 9])}, "cnn": {"L1": cell("c", None)}}
    )
    soup = BeautifulSoup(table.html, "html.parser")
    rows = [[part.text.strip() for part in row.find_all(["th", "td"])] for row in soup.select("tbody tr")]
    assert rows == [["mlp", "✓ 2 (2)", "✗ 9 (2)"], ["cnn", "– (2)", ""]]
    boxes = [one["id"] for one in soup.select("details.claim-boxes > .verdict")]
    assert [f"#{one}" for one in boxes] == [a["href"] for a in soup.select("tbody a")]
    assert len(table.figure.axes) == 2 and [axis.get_title() for axis in table.figure.axes] == ["L1", "L2"]


def test_a_table_without_measurements_has_no_figure():
    assert claim_table("Table 1", {"mlp": {"L1": cell("a", None)}}).figure is None


def test_dots_are_what_a_claim_is_over_and_no_yes_or_no_of_units():
    def shown(values, **other):
        made = claim_table("Table 1", {"mlp": {"L1": cell("a", values, **other)}})
        return len(made.figure.axes[0].collections), made.caption, made.alt

    dots, caption, alt = shown([2, 3, 2])
    assert dots == 1 and "dots are seeds, mean" in caption and "dots are seeds, mean" in alt
    assert "dots are layers, mean" in shown([2, 3, 2], over="layers")[1]
    without = cell("a", [2, 3, 2]) | {"study": None}
    assert "diamonds" not in claim_table("Table 1", {"mlp": {"L1": without}}).caption
    dots, caption, alt = shown([0, 1, 1], study=0.5, over="units")
    assert "diamonds are the study's numbers" in caption
    assert dots == 0 and "dots" not in caption + alt and "interval over the units" in caption
    assert shown([0, 1, 1], study=0.5)[0] == 1  # a seed may have all, or none
    assert "mean and 95% interval; diamonds" in shown([1], over="nothing")[1]
