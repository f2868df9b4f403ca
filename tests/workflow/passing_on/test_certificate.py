"""The certificate says of which commit, machine and inputs a build is, and what differs between its pages."""

from bs4 import BeautifulSoup

from workflow.passing_on import certificate, certificate_page


def test_pages_that_are_alike(make_results, build):
    pages = [make_results("one/01_a"), make_results("one/02_b", device="A GPU")]
    found = certificate.content(pages[:1] * 2, build(*pages) / "stages")
    assert found["seconds"] == {"pages": 180.0, "stages": 60.0}
    assert found["machines"] == [
        {"machine": "2 cores of A <processor>, 8.0 GiB of memory, Linux", "pages": ["one/01_a"] * 2}
    ]
    assert certificate.machine_in_words(pages[1]).startswith("A GPU, 2 cores")
    assert found["weights"][0]["pages"] == ["one/01_a"]
    shown = certificate_page.page(found)
    text = BeautifulSoup(shown, "html.parser").get_text()
    assert "2 pages with 0 claims, at scale laptop, of commit aaaaaaaaaaaa." in text
    assert "Tracked files were as committed." in text and "180 s" not in text and "3 min in all" in text
    assert "Nothing of what is recorded here" in text
    assert "one/nets" in text and "noise = 1.5" in text and "trained | here" in text
    assert "<processor>" not in shown, "names are escaped"


def test_pages_that_differ_are_named(make_results, tmp_path):
    pages = [make_results(f"one/0{n}_a") for n in (1, 2, 3)]
    pages[1] |= {"commit": "b" * 40 + "+changes", "versions": {"python": "3.12.1"}}
    pages[2].pop("machine")
    found = certificate.content(pages, tmp_path)
    assert certificate_page.differences(found) == [
        "commit: aaaaaaaaaaaa for 2 pages; bbbbbbbbbbbb with changes: one/02_a",
        "machine: 2 cores of A <processor>, 8.0 GiB of memory, Linux for 2 pages; not recorded: one/03_a",
        "python: 3.11.7 for 2 pages; 3.12.1: one/02_a",
    ]
    text = certificate_page.page(found)
    assert "Tracked files differed from a commit" in text
    assert "No lists of stages" in text
