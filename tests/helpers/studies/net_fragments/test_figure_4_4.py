import pytest
import torch

from helpers.studies.net_fragments import figure_4_4


def test_sentences_are_those_of_loops_over_units():
    head = torch.randn(2, 3, 10, 12, generator=torch.Generator().manual_seed(0)).relu()
    head[0, 0, :, 5] = 0
    head[1, 2, :, 7] = 1
    found = figure_4_4.sentences(head)
    for seed in range(2):
        units = [head[seed, m, :, u] for m in range(3) for u in range(12)]
        used = [unit for unit in units if unit.max() > 0]
        every = [unit for unit in used if unit.min() > 0]
        similar = [unit for unit in used if unit.min() >= unit.max() / 2]
        assert found["active-for-every-class"][seed] == pytest.approx(len(every) / len(used))
        assert found["similarly-strong"][seed] == pytest.approx(len(similar) / len(used))
        variation = torch.stack([unit.std(correction=0) / unit.mean() for unit in used]).median()
        assert found["slightly"][seed] == pytest.approx(variation.item())
        dense = sum(int((unit > 0).sum()) for unit in used) / (10 * len(used))
        assert found["dense-map"][seed] == pytest.approx(dense)
        changes, switching = [], 0
        for m in range(3):
            for a, b in ((5, 6), (8, 9), (0, 8), (3, 9)):
                pair = [(float(head[seed, m, a, u]), float(head[seed, m, b, u])) for u in range(12)]
                changes += [abs(x - y) / max(x, y) for x, y in pair if max(x, y) > 0]
                switching += any((x > 0) != (y > 0) for x, y in pair)
        assert found["none-switches"][seed] == pytest.approx(switching / 12)
        large = sum(change > 0.01 for change in changes) / len(changes)
        assert found["nearly-all-change"][seed] == pytest.approx(large)
        assert found["change-a-little"][seed] == pytest.approx(torch.tensor(changes).median().item(), rel=1e-5)
    assert found["not-all-twelve"].tolist() == pytest.approx([1 / 3, 0])


def test_heads_that_hardly_change_look_as_described_and_others_do_not():
    steady = 1 + 0.05 * torch.rand(2, 3, 10, 12)
    assert figure_4_4.looks_as_described(figure_4_4.sentences(steady)).tolist() == [True, True]
    steady[1] = torch.randn(3, 10, 12).relu()
    assert figure_4_4.looks_as_described(figure_4_4.sentences(steady)).tolist() == [True, False]
