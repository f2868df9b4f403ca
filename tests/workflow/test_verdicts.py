"""The verdicts that the repository keeps: compared with builds, written from them, and explained where they changed."""

import copy
import json
import sys
from types import SimpleNamespace

import pytest

from helpers.pages.kept_verdicts import KeptVerdictsError
from workflow import changes, verdicts
from workflow.changes import Change, ChangesError, faults
from workflow.rule_history import Fixed
from workflow.verdicts import Difference, differences, found, keep, kept
from workflow.what_changed import lists

PAGES = [
    {
        "page": "one/01_a",
        "scale": "laptop",
        "claims": [{"id": "x", "verdict": "holds"}, {"id": "b", "verdict": "fails"}],
    },
    {"page": "one/02_b", "scale": "laptop", "claims": [{"id": "a", "verdict": "undecided"}]},
    {"page": "two/01_c", "scale": "laptop", "claims": [{"id": "c", "verdict": "holds"}]},
]
FIXED = {"x": Fixed("abcdef0123", "2026-01-01", "Rules that can fail")}
HISTORY = SimpleNamespace(fixed=lambda study: FIXED if study == "one" else {})
WHY = "the interval contains the bound"


@pytest.fixture
def notebooks(tmp_path):
    for study in ("one", "two"):
        (tmp_path / study).mkdir()
    assert keep(found(PAGES), tmp_path, "2026-01-01", HISTORY) == [
        tmp_path / study / "verdicts.csv" for study in ("one", "two")
    ]
    return tmp_path


def changed_pages():
    pages = copy.deepcopy(PAGES)
    pages[0]["claims"][0]["verdict"] = "undecided"
    pages[0]["claims"][1] = {"id": "new", "verdict": "holds"}
    return pages


CHANGED = [
    Difference("one", "fails", "none", "b"),
    Difference("one", "holds", "undecided", "x"),
    Difference("one", "none", "holds", "new"),
]


def test_the_first_verdicts_of_a_study_are_sorted_and_no_change(notebooks):
    assert (notebooks / "one/verdicts.csv").read_text() == "claim,verdict\na,undecided\nb,fails\nx,holds\n"
    assert kept(notebooks) == found(PAGES)
    assert not list(notebooks.glob("*/changes.yml"))
    assert keep(found(PAGES), notebooks, "2026-01-02", HISTORY) == []


def test_differences_are_changed_new_and_gone_claims_of_the_studies_that_ran(notebooks):
    assert differences(kept(notebooks), found(changed_pages())) == CHANGED
    assert differences(kept(notebooks), found(changed_pages()[:2])) == CHANGED
    assert str(CHANGED[1]) == "one: x: holds → undecided"


def test_a_build_at_another_scale_is_not_compared():
    pages = copy.deepcopy(PAGES)
    pages[1]["scale"] = "smoke"
    assert found(pages) == {}


def test_what_changed_is_listed_and_waits_for_its_reason(notebooks):
    keep(found(changed_pages()), notebooks, "2026-01-02", HISTORY)
    listed = changes.read(notebooks / "one/changes.yml")
    assert [(c.before, c.after, c.claims, c.date) for c in listed] == [
        ("fails", "none", ("b",), "2026-01-02"),
        ("holds", "undecided", ("x",), "2026-01-02"),
        ("none", "holds", ("new",), "2026-01-02"),
    ]
    hint = "# the rules are of 2026-01-01: Rules that can fail (abcdef0)\n"
    assert (notebooks / "one/changes.yml").read_text().count(hint) == 1
    now = kept(notebooks)["one"]
    assert len(faults(listed, now)) == 3 and all("why" in fault for fault in faults(listed, now))
    path = notebooks / "one/changes.yml"
    path.write_text(path.read_text().replace('""', f'"{WHY}"'))
    assert faults(changes.read(path), now) == []
    keep(found(PAGES), notebooks, "2026-01-03", HISTORY)
    assert len(changes.read(path)) == 6
    assert not (notebooks / "two/changes.yml").exists()


def change(before, after, *claims, why=WHY):
    return Change(date="2026-01-01", claims=claims, before=before, after=after, why=why)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([change("holds", "holds", "x")], "x: from holds to holds is no change."),
        ([change("holds", "fails", "x", why="wrong")], "x: why did holds become fails?"),
        (
            [change("fails", "undecided", "x"), change("fails", "holds", "x")],
            "x: it became undecided, so it cannot change from fails.",
        ),
        ([change("holds", "fails", "x")], "x: it became fails, but the verdict kept is holds."),
        ([change("holds", "fails", "gone")], "gone: it became fails, but the verdict kept is none."),
    ],
)
def test_a_list_that_does_not_fit_the_verdicts_is_named(listed, expected):
    assert expected in faults(listed, {"x": "holds"})


def test_a_list_that_fits_has_no_faults():
    assert faults([change("fails", "undecided", "x", "gone"), change("undecided", "holds", "x"),
                   change("undecided", "none", "gone")], {"x": "holds"}) == []  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "- {date: '2026-01-01', claim: a, claims: [b], from: holds, to: fails, why: because of that}",
        "- {date: '2026-01-01', from: holds, to: fails, why: because of that}",
        "- {date: '2026-01-01', claim: a, from: reproduced, to: fails, why: because of that}",
        "- {date: today, claim: a, from: holds, to: fails, why: because of that}",
        "a: b",
        "- [",
    ],
)
def test_a_list_that_does_not_fit_the_schema_is_refused(tmp_path, text):
    (tmp_path / "changes.yml").write_text(text)
    with pytest.raises(ChangesError) as error:
        changes.read(tmp_path / "changes.yml")
    assert "changes.yml" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "claim,verdict\na,reproduced\n", "claim,verdict\na\n", "a,holds\n"])
def test_damaged_verdicts_are_refused(tmp_path, text):
    (tmp_path / "verdicts.csv").write_text(text)
    with pytest.raises(KeptVerdictsError, match=r"verdicts\.csv"):
        verdicts.read(tmp_path / "verdicts.csv")


def test_the_page_lists_what_changed_newest_first_and_links_what_is_there():
    listed = [change("none", "fails", "x", why="<first>"), change("fails", "holds", "x", "gone", why="second")]
    text = lists({"one": "Study *one*"}, {"one": listed}, {"one": {"x"}}, [CHANGED[1]])
    assert r"## Study \*one\*" in text
    assert text.index("second") < text.index("&lt;first&gt;")
    assert '<a href="scorecard.html#claim-x"><code>x</code></a>, <code>gone</code>' in text
    assert "no claim became" in text
    assert "that differ from those in the repository" in text.split("## This build")[1]
    assert "All verdicts of this build" in lists({"one": "One"}, {"one": []}, {"one": {"x"}}, [])
    assert "not at laptop scale" in lists({"one": "One"}, {"one": []}, {"one": {"x"}}, None)


def build(folder, pages):
    """The results of a build on disk, and nothing in the repository but what a test keeps there."""
    for page in pages:
        path = folder / "results" / page["page"] / "results.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(page))
    return folder


@pytest.fixture
def command(notebooks, tmp_path_factory, monkeypatch, capsys):
    """Run the command on a build of these pages: its exit code and what it prints."""
    monkeypatch.setattr(verdicts.sources, "NOTEBOOKS", notebooks)
    monkeypatch.setattr(verdicts, "REPOSITORY", notebooks)
    monkeypatch.setattr(verdicts.sources, "every", lambda: [SimpleNamespace(name=page["page"]) for page in PAGES])
    monkeypatch.setattr(verdicts.results, "read", lambda path: json.loads(path.read_text()))

    def run(pages, *options):
        folder = build(tmp_path_factory.mktemp("build"), pages)
        monkeypatch.setattr(sys, "argv", ["verdicts", "--build", str(folder), *options])
        code = verdicts.main()
        return code, capsys.readouterr().out

    return run


def test_the_command_says_what_differs_and_keeps_it(command, notebooks):
    assert command(PAGES) == (0, "All verdicts are those in the repository. The build has 4 verdicts.\n")
    code, said = command(changed_pages())
    assert code == 0 and said.splitlines()[:3] == list(map(str, CHANGED))
    assert "3 verdicts differ" in said
    before = kept(notebooks)
    code, said = command(changed_pages(), "--write")
    assert said.splitlines()[-2:] == ["Written: one/verdicts.csv", "Written: one/changes.yml"]
    assert kept(notebooks) != before and kept(notebooks)["one"] == found(changed_pages())["one"]


def test_the_command_says_which_cards_changed_with_their_claims(command, tmp_path, monkeypatch):
    answers = "{holds: Yes, fails: No, undecided: Perhaps}"
    cards = [f"- {{claim: {name}, asks: q, answers: {answers}, figure: {{page: p, caption: c}}}}\n" for name in "xac"]
    (tmp_path / "findings.yml").write_text("".join(cards))
    monkeypatch.setattr(verdicts.cards, "LISTED", tmp_path / "findings.yml")
    changed = "The card on x in book/findings.yml changed from holds to undecided: is its answer right?"
    for options in ([], ["--write"]):
        code, said = command(changed_pages(), *options)
        assert code == 0 and [line for line in said.splitlines() if "The card on" in line] == [changed]
    assert "The card on" not in command(changed_pages())[1], "it is kept now"


def test_the_command_keeps_no_verdicts_of_another_scale(command, notebooks):
    pages = [page | {"scale": "smoke"} for page in changed_pages()]
    assert command(pages)[0] == 0
    code, said = command(pages, "--write")
    assert code == 1 and "laptop" in said and kept(notebooks) == found(PAGES)
