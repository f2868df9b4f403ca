"""Make hypernyms.tsv from WordNet 3.0.

``python -m helpers.studies.conceptual_content.wordnet.extract DATA.NOUN WORDS`` writes it.

DATA.NOUN is WordNet's file of nouns (Debian's package wordnet-base has it in /usr/share/wordnet). WORDS is a text file
whose lines begin with the numbers of synsets, such as the synset_words.txt of Caffe. The number of a synset of ImageNet
is its place in that file, after an "n".
"""

from __future__ import annotations

import sys
from pathlib import Path

TABLE = Path(__file__).with_name("hypernyms.tsv")


def nouns(text: str) -> dict[str, tuple[str, list[str]]]:
    """First word and hypernyms of every noun, by its number; kinds and instances alike."""
    found = {}
    for line in text.splitlines():
        if line.startswith(" "):  # the licence
            continue
        fields = line.partition(" | ")[0].split()
        pointers = fields[4 + 2 * int(fields[3], 16) :]
        each = [pointers[1 + 4 * k : 5 + 4 * k] for k in range(int(pointers[0]))]
        above = [f"n{number}" for symbol, number, kind, _ in each if symbol in ("@", "@i") and kind == "n"]
        found[f"n{fields[0]}"] = (fields[4].replace("_", " "), above)
    return found


def table(text: str, synsets: list[str]) -> str:
    """The lines of the table: these synsets and everything above them."""
    every = nouns(text)
    waiting, kept = list(synsets), set[str]()
    while waiting:
        one = waiting.pop()
        if one not in kept:
            kept.add(one)
            waiting += every[one][1]
    return "".join(f"{one}\t{every[one][0]}\t{' '.join(every[one][1])}\n" for one in sorted(kept))


if __name__ == "__main__":
    data, words = (Path(given).read_text("utf-8") for given in sys.argv[1:3])
    TABLE.write_text(table(data, [line.split()[0] for line in words.splitlines() if line.strip()]), "utf-8")
