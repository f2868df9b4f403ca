"""The first page says what the results say, and which of its cards no longer fit them."""

import base64
import io

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from helpers.pages import claims, sources
from helpers.pages.conclusions import Conclusion, Outcome
from helpers.pages.repository import REPOSITORY
from workflow.found import cards, extremes, parts
from workflow.found.cards import Finding, FindingsError, load, to_read_again
from workflow.found.picture import picture
from workflow.found.thumbnails import small


def claim(name, verdict, kind="sentence", **given):
    record = {"id": name, "verdict": verdict, "kind": kind, "statement": f"{name} <said>", "untrained": None}
    record |= {"address": f"one/01_a.html#claim-{name}", "mean": 0.25, "low": 0.2, "high": 0.3, "floor": None}
    return record | given


CLAIMS = [claim("a", "holds"), claim("b", "fails"), claim("c", "holds", "number"), claim("d", "holds", "beyond")]
CARD = Finding(claim="a", asks="Is <it> so?", answers={"holds": "Yes, {mean:%} of {floor}."}, figure=("one/01_a", "F"))


def test_a_card_answers_by_the_verdict_and_fills_in_the_values():
    record = claim("a", "holds", floor={"mean": 0.5})
    html = cards.cards([CARD], {"a": record}, lambda page, caption: f"<img alt='{page} {caption}'>", {})
    card = BeautifulSoup(html, "html.parser").article
    assert card.h3.a["href"] == "one/01_a.html#claim-a" and card.h3.get_text() == "Is <it> so?"
    assert [p.get_text() for p in card.find_all("p")] == ["Yes, 25% of 0.5.", "✓ holds: a <said>"]
    assert card.img["alt"] == "one/01_a F" and card["class"] == ["finding", "verdict-holds"]


def test_one_of_several_values_is_named():
    record = claim("a", "holds", mean={"x y": 0.125, "z": 1})
    finding = Finding(claim="a", asks="?", answers={"holds": "{mean[x y]}"}, figure=("p", "c"))
    assert "<p>0.125</p>" in cards.cards([finding], {"a": record}, lambda page, caption: "", {})
    with pytest.raises(FindingsError, match="the answer on a cannot be filled in"):
        cards.cards([CARD], {"a": record}, lambda page, caption: "", {})


@pytest.mark.parametrize(
    ("verdict", "said", "is_outdated"),
    [
        ("fails", "has to be written anew", True),
        ("needs a larger scale", "This run cannot answer it.", False),
        ("not testable here", "This run cannot answer it.", False),
    ],
)
def test_a_card_for_another_verdict_gives_no_answer(verdict, said, is_outdated):
    html = cards.cards([CARD], {"a": claim("a", verdict)}, lambda page, caption: "", {})
    assert said in html and "Yes" not in html
    sentence = "The card on a in book/findings.yml has no answer for the verdict fails."
    assert to_read_again([CARD], {"a": verdict}, {}) == ([sentence] if is_outdated else [])


def test_a_card_whose_verdict_changed_says_so_although_it_has_an_answer():
    html = cards.cards([CARD], {"a": claim("a", "holds", floor={"mean": 1})}, lambda page, caption: "", {"a": "fails"})
    (mark,) = BeautifulSoup(html, "html.parser").select("article.finding p.changed")
    assert mark.get_text() == "Changed: in the last build that was kept it was ✗ fails. What changed"
    assert mark.a["href"] == "what_changed.html#this-build"
    other = cards.cards([CARD], {"a": claim("a", "holds", floor={"mean": 1})}, lambda page, caption: "", {"b": "fails"})
    assert "Changed" not in other
    changed = "The card on a in book/findings.yml changed from fails to holds: is its answer right?"
    assert to_read_again([CARD], {"a": "holds", "b": "holds"}, {"a": "fails", "b": "fails"}) == [changed]
    assert to_read_again([CARD], {"a": "holds"}, {}) == []


def test_a_card_for_a_claim_that_no_page_reports_is_refused():
    with pytest.raises(FindingsError, match="a card for a, which no page"):
        cards.cards([CARD], {}, lambda page, caption: "", {})


@pytest.mark.parametrize("text", ["a: b", "- claim: x", "- {claim: x, asks: y, answers: {maybe: z}, figure: 1}", "["])
def test_a_list_in_another_form_is_refused_in_a_sentence(tmp_path, text):
    (tmp_path / "findings.yml").write_text(text)
    with pytest.raises(FindingsError, match=r"findings\.yml"):
        load(tmp_path / "findings.yml")


def test_the_cards_of_the_book_are_of_its_claims_and_pages():
    found = load(REPOSITORY / "book" / cards.FILE)
    studies = {page.study for page in sources.every()}
    every = {name for study in studies for name in claims.load(sources.NOTEBOOKS / study / "claims.yml")}
    assert {each.claim for each in found} <= every
    assert {each.figure[0] for each in found} <= {page.name for page in sources.every()}
    assert {each.figure[0].split("/")[0] for each in found} == studies, "a study without a card"


def test_the_picture_is_true_to_scale_over_all_studies():
    html = BeautifulSoup(picture([("One", CLAIMS), ("Two", [claim("e", "undecided")])]), "html.parser")
    sentences = next(part for part in html.find_all("section") if "Sentences" in part.h3.get_text())
    widths = [[span["style"] for span in row.select(".length span")] for row in sentences.find_all("li")]
    assert widths == [["width:50%", "width:50%"], ["width:50%"]]  # of two claims, the most of any study and kind
    assert [row.select_one(".said").get_text() for row in sentences.find_all("li")] == [
        "1 of 2 hold",
        "0 of 1 hold",
    ]
    assert "Text and arithmetic" not in html.get_text()


def test_a_part_begins_with_what_stands(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one/conclusions.yml").write_text(
        "said: It asks.\nfigure: {page: 01_a, caption: F}\n"
        "conclusions: [{text: All holds, page: 01_a, claims: [a]}, {text: None does, page: 01_a, claims: [b, d]}]\n"
    )
    text = parts.part("One", "one", CLAIMS, tmp_path, "<figure></figure>")
    assert "| [All holds](one/01_a.ipynb) | **stands** | 1 | 0 | 0 | 0 |" in text
    assert "| [None does](one/01_a.ipynb) | **falls** | 0 | 1 | 0 | 0 |" in text  # d is ours, and does not count
    assert text.startswith("# One: what it said, what stands\n") and "<figure></figure>" in text
    assert parts.figure_of("one", tmp_path) == ("one/01_a", "F")


def test_a_small_picture_keeps_its_shape_and_its_text():
    content = io.BytesIO()
    Image.new("RGB", (1200, 300), "red").save(content, "webp")
    address = f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"
    shown = small(f'<figure><img class="in-the-light" src="{address}" alt="A &lt;red&gt; band" style=""></figure>')
    image = BeautifulSoup(shown, "html.parser").img
    with Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))) as made:
        assert made.size == (520, 142)
    assert image["alt"] == "A <red> band" and small("<figure></figure>") == ""
    assert 'class="thumbnail drawing"' in shown


def test_a_small_picture_has_a_copy_for_the_dark_and_a_drawing_is_its_own():
    content = io.BytesIO()
    Image.new("RGB", (60, 30), "red").save(content, "webp")
    address = f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"
    both = "".join(f'<img class="in-the-{theme}" src="{address}" alt="a" style="">' for theme in ("light", "dark"))
    light, dark = BeautifulSoup(small(both), "html.parser").select("span.picture > img")
    assert dark["style"] == "display:none" and "style" not in light.attrs
    with Image.open(io.BytesIO(base64.b64decode(dark["src"].split(",")[1]))) as made:
        assert max(made.convert("RGB").getpixel((2, 2))) < 30, "a dark rim"
    drawing = small('<img class="in-the-light" src="data:image/svg+xml;base64,PHN2Zz4=" alt="b" style="">')
    assert 'src="data:image/svg+xml;base64,PHN2Zz4="' in drawing and "thumbnail drawing" in drawing


def outcome(text, *, unlearned=0, **verdicts):
    """The outcome of a conclusion by how many of its claims have each verdict."""
    listed = {f"{verdict}-{k}": verdict for verdict, count in verdicts.items() for k in range(count)}
    return Outcome(Conclusion(text, "01_a", ()), listed, frozenset(f"holds-{k}" for k in range(unlearned)))


def test_what_stands_or_falls_altogether_is_listed_where_most_claims_decide_first():
    outcomes = {
        "one": [
            outcome("three hold", holds=3),
            outcome("too few", holds=2),
            outcome("one fails", holds=9, fails=1),
            outcome("not by learning", holds=5, unlearned=3),
            outcome("three fail", fails=3, undecided=2),
        ],
        "two": [
            outcome("five <hold>", holds=5, unlearned=2),
            outcome("nothing judged", undecided=4),
            outcome("sure", fails=3),
            outcome("one holds", fails=8, holds=1),
        ],
    }
    html = BeautifulSoup(extremes.lists({"one": "One", "two": "Two & more"}, outcomes), "html.parser")
    stand, fall = html.select("section")
    assert [item.get_text() for item in stand.select("li")] == [
        "five <hold> Two & more: 5 claims hold",
        "three hold One: 3 claims hold",
    ]
    assert [item.get_text() for item in fall.select("li")] == [
        "sure Two & more: 3 claims fail",
        "three fail One: 3 claims fail, 2 undecided",
    ]
    assert stand.a["href"] == "two/01_a.html" and fall.li["class"] == ["verdict-fails"]
    assert extremes.lists({"one": "One"}, {"one": outcomes["one"][1:4]}) == ""


def test_a_long_list_has_its_first_entries():
    outcomes = {"one": [outcome(f"{k} hold", holds=k) for k in range(3, 12)]}
    items = BeautifulSoup(extremes.lists({"one": "One"}, outcomes), "html.parser").select("li")
    assert [item.a.get_text() for item in items] == [f"{k} hold" for k in range(11, 5, -1)]
