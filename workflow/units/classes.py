"""What classes of images are called: synsets of ImageNet by their word in WordNet, all others by their own names."""

from __future__ import annotations

from functools import cache

from helpers.studies.conceptual_content.wordnet.extract import TABLE


def called(name: str) -> str:
    """A class for readers: "n02106662" is "German shepherd"."""
    return _words().get(name, name)


@cache
def _words() -> dict[str, str]:
    lines = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines())
    return {synset: word for synset, word, *_ in lines}
