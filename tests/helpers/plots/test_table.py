"""Where the figure of a table puts its numbers."""

from helpers.plots.table import Entry, table


def test_values_means_and_printed_numbers_lie_in_their_row_and_column():
    entry = Entry([1.0, 3.0], 2.0, 1.5, 2.5, 4.0)
    figure = table({"a": {"x": entry, "y": entry}, "b": {"y": entry._replace(low=None, printed=None)}}, unit="points")
    x, y = figure.axes
    assert (x.get_title(), y.get_title(), x.get_xlabel()) == ("x", "y", "points")
    assert [t.get_text() for t in x.get_yticklabels()] == ["a", "b"]
    assert [[tuple(p) for p in dots.get_offsets()] for dots in y.collections] == [[(1, 0), (3, 0)], [(1, 1), (3, 1)]]
    assert [len(axis.lines) for axis in (x, y)] == [3, 4]  # mean, interval and diamond; mean alone
    assert x.lines[2].get_xydata().tolist() == [[4, 0]]


def test_shares_have_no_ticks_below_zero():
    zero, negative = Entry([0.0, 0.0], 0.0, 0.0, 0.0, None), Entry([-1.0, 1.0], 0.0, -1.0, 1.0, None)
    shares, others = table({"a": {"x": zero, "y": negative}}).axes
    assert (shares.get_xticks() >= 0).all() and len(shares.get_xticks())
    assert (others.get_xticks() < 0).any()
