"""Which files a digest is of."""

from helpers.pages import code_digest


def test_the_closure_follows_imports_and_takes_packages_with_it():
    files = code_digest.closure({"helpers.training.stacks"})
    assert {"helpers/__init__.py", "helpers/training/__init__.py", "helpers/models/stacks/logits.py"} <= files
    assert not any(path.startswith("helpers/pages/") for path in files)


def test_every_file_of_a_closure_counts(monkeypatch):
    before = code_digest.of_module("helpers.training.stacks")
    digest_of_file = code_digest._digest_of_file
    monkeypatch.setattr(
        code_digest, "_digest_of_file", lambda path: "x" if path.endswith("logits.py") else digest_of_file(path)
    )
    assert code_digest.of_module("helpers.training.stacks") != before
