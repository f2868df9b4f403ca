"""What untrained networks give is read from a file, and told in the box of a claim."""

import pytest

from helpers.errors import BadInput
from helpers.pages.untrained import Untrained, in_words, read


def test_entries_by_claim(tmp_path):
    path = tmp_path / "untrained.csv"
    assert read(path) == {}
    path.write_text('claim,verdict,measured\na.1,holds,"0.98 [0.95, 1]"\na.2,fails,\n', "utf-8")
    found = read(path)
    assert found == {"a.1": Untrained("holds", "0.98 [0.95, 1]"), "a.2": Untrained("fails", "")}
    assert in_words(found["a.1"]._asdict()).endswith("measured the same way: holds (0.98 [0.95, 1])")
    assert in_words(found["a.2"]._asdict()).endswith("fails")
    assert in_words(None) == ""


@pytest.mark.parametrize("text", ["claim,verdict\na,holds\n", "claim,verdict,measured\na,perhaps,1\n", "\0", "a\n"])
def test_a_damaged_file_is_one_sentence(tmp_path, text):
    path = tmp_path / "untrained.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"untrained\.csv (is damaged|cannot be read)"):
        read(path)
