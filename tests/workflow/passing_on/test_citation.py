"""A claim, the book and a deposit are cited by what CITATION.cff says."""

import pytest

from helpers.errors import BadInput
from workflow.passing_on import citation


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A citation file of a person and a group, read instead of the repository's."""
    path = tmp_path / "CITATION.cff"
    path.write_text(
        "title: A book\nversion: 1.2.0\nlicense: MIT\nabstract: Says\n  much.\nkeywords: [a, b]\n"
        'date-released: "2026-01-02"\nauthors:\n  - name: A group\n  - {family-names: Doe, given-names: Ann}\n'
    )
    monkeypatch.setattr(citation, "FILE", path)
    citation.read.cache_clear()
    yield path
    citation.read.cache_clear()


def test_a_claim_is_cited_in_one_line(file):
    line = citation.of_claim("one", "fig-1.a", "holds", "0123456789abcdef", "one/01_a.html#claim-fig-1.a")
    assert line == (
        "A book, version 1.2.0 (commit 0123456789ab), claim one/fig-1.a, verdict: holds. one/01_a.html#claim-fig-1.a"
    )
    assert "commit" not in citation.of_claim("one", "a", "holds", None, "x")
    assert "(commit 0123456789ab with changes)" in citation.of_claim("o", "a", "fails", "0123456789abcdef+changes", "x")


def test_a_unit_is_cited_as_a_claim_is(file):
    line = citation.of_unit("net/mixed4b/5x5/23", "A net", "0123456789abcdef+changes", "units.html#net/mixed4b_5x5/23")
    assert line == (
        "A book, version 1.2.0 (commit 0123456789ab with changes), unit net/mixed4b/5x5/23 of A net. "
        "units.html#net/mixed4b_5x5/23"
    )
    assert "commit" not in citation.of_unit("a/b/0", "A", None, "x")


def test_the_metadata_of_a_deposit(file):
    metadata = citation.zenodo()
    assert metadata["title"] == "A book: results" and metadata["upload_type"] == "dataset"
    assert metadata["creators"] == [{"name": "A group"}, {"name": "Doe, Ann"}]
    assert metadata["description"] == "Says much." and metadata["publication_date"] == "2026-01-02"
    assert "related_identifiers" not in metadata
    (related,) = citation.zenodo(repository="https://github.com/a/b")["related_identifiers"]
    assert related["identifier"] == "https://github.com/a/b"


def test_a_citation_file_without_what_is_needed_is_one_sentence(file):
    file.write_text("title: A book\n")
    with pytest.raises(BadInput, match=r"^CITATION\.cff lacks version, authors, .*\.$"):
        citation.read()
