from helpers.pages.verdicts import VERDICTS, as_predicate


def test_every_verdict_ends_a_sentence():
    assert [f"That it rises {as_predicate(verdict)}." for verdict in VERDICTS] == [
        "That it rises holds.",
        "That it rises fails.",
        "That it rises is undecided.",
        "That it rises is a slip in the study.",
        "That it rises needs a larger scale.",
        "That it rises is not testable here.",
    ]
