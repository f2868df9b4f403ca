"""The comparison runs, on the embedded network, and names every way."""

from benchmarks.ascent import compare


def test_every_way_has_a_rate(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    found = compare(units=2, size=32, steps=1, blocks=["mixed3a"])
    assert set(found["ours / other"]) >= {"bare", "one by one"}
    assert all(rate > 0 for rate in found["units x steps a second"].values())
    assert found["time of twice the units"] > 0 < found["time of twice the steps"]
