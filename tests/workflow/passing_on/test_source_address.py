"""Links into the repository of the sources, from the address that somebody gives."""

import pytest

from workflow import source_buttons
from workflow.passing_on.source_address import UNKNOWN, AddressError, Source, checked


@pytest.mark.parametrize(
    "given",
    [
        "https://github.com/a/b-c",
        "https://github.com/a/b-c/",
        "https://github.com/a/b-c.git",
        " https://github.com/a/b-c",
    ],
)
def test_an_address_in_any_of_its_forms(given):
    assert checked(given) == "https://github.com/a/b-c"


@pytest.mark.parametrize(
    "given",
    [
        *("github.com/a/b", "http://github.com/a/b", "https://github.com/a", "git@github.com:a/b.git", "a/b"),
        *("https://github.com/a/b?x=<script>", "https://github.com/a/b c", 'https://github.com/a/"b', "https:///a/b"),
        "https://user:secret@github.com/a/b",
    ],
)
def test_what_is_no_address_is_one_sentence(given):
    with pytest.raises(AddressError, match=r"^REPOSITORY is .*which is no address of a repository; .*\.$"):
        checked(given)


@pytest.mark.parametrize("given", ["", "-x", "a b", "a..b", "a~1", "/a", "a/", "$(x)", "a.lock"])
def test_what_is_no_branch_is_one_sentence(given):
    with pytest.raises(AddressError, match=r"^BRANCH is .*which is no name of a branch; .*\.$"):
        Source.of("https://github.com/a/b", given)


def test_links_lead_to_the_files_of_a_page():
    study, prose = "jump_detection/06_bottlenecks", "glossary"
    source = Source.of("https://github.com/a/b", "feature/x")
    launch, edit = source_buttons.buttons(study, source)
    assert [link["url"] for link in launch["buttons"]] == [
        f"https://mybinder.org/v2/gh/a/b/feature/x?urlpath=lab/tree/notebooks/{study}.ipynb",
        f"https://colab.research.google.com/github/a/b/blob/feature/x/notebooks/{study}.ipynb",
    ]
    assert edit["url"] == f"https://github.com/a/b/edit/feature/x/notebooks/{study}.py"
    assert [button["url"] for button in source_buttons.buttons(prose, source)] == [
        "https://github.com/a/b/edit/feature/x/book/glossary.md"
    ]


def test_other_hosts_take_edits_alone():
    (edit,) = source_buttons.buttons("jump_detection/06_bottlenecks", Source.of("https://gitlab.com/g/h/b"))
    assert edit["url"] == "https://gitlab.com/g/h/b/-/edit/main/notebooks/jump_detection/06_bottlenecks.py"


@pytest.mark.parametrize("page", ["scorecard", "api_pages", "found_probing", "search"])
def test_what_the_build_writes_by_itself_has_no_button(page):
    assert source_buttons.buttons(page, Source.of("https://github.com/a/b")) == []


def test_without_an_address_there_is_no_button():
    assert source_buttons.buttons("glossary", UNKNOWN) == []
    assert checked("") == ""
