"""Scripts and styles of the book as few files."""

from helpers.pages.repository import REPOSITORY
from workflow.bundles import bundled

PAGE = b"""\
# Play

```{raw} html
<link rel="stylesheet" href="play/play.css">
<script src="play/data/manifest.js"></script>
<script src="play/b.js"></script>
<script src="play/a.js"></script>
<script src="game/c.js"></script>
```

Text in between.
"""
OWN = {"_extra/play/a.js": b"a();", "_extra/play/b.js": b"b();", "_extra/game/c.js": b"c();"}
OTHERS = {"_extra/play/play.css": b"p {}", "_extra/play/data/manifest.js": b"m();", "index.md": b"# Text\n"}


def test_scripts_that_follow_each_other_are_one_for_each_folder_in_their_order():
    found = bundled({"play.md": PAGE, **OWN, **OTHERS})
    assert found.pop("play.md").decode() == PAGE.decode().replace("b.js", "play.bundle.js").replace(
        '<script src="play/a.js"></script>\n', ""
    ).replace("c.js", "play.bundle.js")
    assert found == {
        **OTHERS,
        "_extra/play/play.bundle.js": b"b();\na();",
        "_extra/game/play.bundle.js": b"c();",
    }


def test_pages_that_share_scripts_have_a_bundle_each():
    found = bundled({"one.md": b'<script src="play/a.js"></script>\n', "two.md": PAGE, **OWN, **OTHERS})
    assert found["_extra/play/one.bundle.js"] == b"a();"
    assert found["_extra/play/two.bundle.js"] == b"b();\na();"
    assert not set(found) & set(OWN)


def test_what_all_pages_load_is_one_script_and_one_style():
    static = {"_static/b.js": b"b();", "_static/a.js": b"a();", "_static/s.css": b"s {}", "_static/logo.svg": b"<svg/>"}
    assert bundled({**static, **OTHERS}) == {
        "_static/book.js": b"a();\nb();",
        "_static/book.css": b"s {}",
        "_static/logo.svg": b"<svg/>",
        **OTHERS,
    }


def test_nothing_is_bundled_where_there_is_nothing():
    assert bundled(OTHERS) == OTHERS


def test_every_script_of_the_book_is_in_a_bundle():
    book = REPOSITORY / "book"
    sources = {path.relative_to(book).as_posix(): path.read_bytes() for path in book.rglob("*") if path.is_file()}
    scripts = {name for name in bundled(sources) if name.endswith(".js") and "/data/" not in name}
    assert all(name.endswith(".bundle.js") or name == "_static/book.js" for name in scripts), scripts
