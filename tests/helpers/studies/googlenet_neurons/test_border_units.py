import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score

from helpers.pages import unit_table
from helpers.studies.googlenet_neurons import border_statements as statements
from helpers.studies.googlenet_neurons.border_lines import INSIDE, SIDES, joined, lines_of
from helpers.studies.googlenet_neurons.border_paddings import KINDS
from helpers.studies.googlenet_neurons.border_pass import BorderResponses
from helpers.studies.googlenet_neurons.border_units import Borders
from helpers.studies.googlenet_neurons.columns import border as columns
from helpers.studies.googlenet_neurons.subject import Branch

UNITS = {"mixed3a": 20, "mixed4a": 15}


def random(seed=0):
    return torch.Generator().manual_seed(seed)


def responses(units, kinds, seed):
    shapes = {"mean": (units,), **dict.fromkeys(("moved", "fires", "distance"), (units, kinds, 4))}
    shapes |= dict.fromkeys(("shifted", "shifted_distance", "followed", "grey"), (units, 4))
    return BorderResponses(**{name: torch.rand(shape, generator=random(seed)) for name, shape in shapes.items()})


@pytest.fixture(scope="module")
def borders():
    """Two branches; a few units have an odd left column or an odd middle row."""
    sizes = {"mixed3a": 3, "mixed4a": 5}
    kernels = {
        block: torch.randn(count, 8, sizes[block], sizes[block], generator=random()) for block, count in UNITS.items()
    }
    kernels["mixed3a"][:3, :, :, 0] += 4
    kernels["mixed4a"][4, :, 2] += 4
    total = sum(UNITS.values())
    branches = [
        Branch(
            block=block,
            name=f"{edge}x{edge}",
            layer=f"{block}_{edge}x{edge}",
            convolution="",
            size=(edge, edge),
            first=10,
            units=UNITS[block],
        )
        for block, edge in sizes.items()
    ]
    return Borders(
        branches=branches,
        lines=joined([lines_of(each) for each in kernels.values()]),
        three=torch.rand(total, generator=random(1)).double(),
        channels=torch.rand(total, generator=random(2)),
        shuffles=torch.rand(3, total, generator=random(3)).double() / 2,
        random=torch.rand(2, total, generator=random(4)).double() / 2,
        answers=responses(total, len(KINDS), 5),
        controls=[responses(total, 2, 6), responses(total, 2, 7)],
    )


def test_flagged_units_and_counts_by_block(borders):
    flagged = borders.lines.flagged()
    assert flagged.nonzero().flatten().tolist() == [0, 1, 2, 24]
    assert statements.counts(borders, flagged) == [3, 1]
    assert statements.shares(borders, flagged) == [3 / 20, 1 / 15]
    assert borders.lines.side[flagged].tolist() == [SIDES.index("left")] * 3 + [INSIDE]


def test_matched_units_are_of_the_branch_and_the_nearest_that_is_left(borders):
    mine, other = borders.matched()
    assert mine.tolist() == [0, 1, 2, 24]
    taken = set(mine.tolist())
    for unit, match in zip(mine.tolist(), other.tolist(), strict=True):
        own = range(0, 20) if unit < 20 else range(20, 35)
        free = [each for each in own if each not in taken]
        gaps = [abs(float(borders.answers.mean[each] - borders.answers.mean[unit])) for each in free]
        assert match == free[gaps.index(min(gaps))]
        taken.add(match)


def test_the_side_of_a_unit_is_that_of_its_odd_line(borders):
    mine, other = borders.matched()
    values = borders.answers.shifted
    assert borders.at_side(values, mine, mine)[:3].tolist() == values[:3, SIDES.index("left")].tolist()
    assert borders.at_side(values, other, mine)[:3].tolist() == values[other[:3], SIDES.index("left")].tolist()
    rows = values[24, [SIDES.index("top"), SIDES.index("bottom")]].mean()  # an odd row inside: both sides of the rows
    torch.testing.assert_close(borders.at_side(values, mine, mine)[3], rows)


def test_detectors_ask_any_side(borders):
    told = borders.detected()
    expected = [any(float(each) >= 0.5 for each in unit[0]) for unit in borders.answers.distance]
    assert told["activations"].tolist() == expected
    assert told["shifted images"].tolist() == [any(unit >= 0.5) for unit in borders.answers.shifted_distance.numpy()]


def test_precision_by_a_loop(borders):
    told = borders.detected()["shifted images"]
    found = statements.precision(borders, told)
    best = borders.lines.best
    for threshold in statements.THRESHOLDS:
        for k in range(5):
            own = [u for u in range(k, 35, 5) if best[u] >= threshold]
            expected = np.mean([bool(told[u]) for u in own]) if own else 0
            assert found[str(threshold)][k] == pytest.approx(expected)


def test_recall_is_asked_of_the_units_that_shifted_images_tell(borders):
    told, flagged = (borders.detected()[name].tolist() for name in ("shifted images", "weights"))
    own, floor = statements.of_responses(borders)["beyond.border-recall"]
    assert own.tolist() == [float(f) for f, t in zip(flagged, told, strict=True) if t]
    assert floor.tolist() == [float(f) for f, t in zip(flagged, told, strict=True) if not t]


def test_units_that_fire_no_longer(borders):
    mine, _ = borders.matched()
    values, _ = statements.of_responses(borders)["sec-4-1-2.no-longer-fires"]
    zero, noise = (borders.at_side(borders.answers.fires[:, KINDS.index(k)], mine, mine) for k in ("zero", "noise"))
    assert values.tolist() == [float(b < 0.1) for a, b in zip(zero.tolist(), noise.tolist(), strict=True) if a >= 0.1]


def test_kappa_is_scikit_learns_and_0_for_a_constant_label():
    a, b = torch.rand(2, 40, generator=random()) > 0.5
    assert statements.kappa(a, b) == pytest.approx(cohen_kappa_score(a.numpy(), b.numpy()))
    assert statements.kappa(torch.zeros(4, dtype=torch.bool), torch.tensor([True, False, True, True])) == 0


def test_percentiles_count_the_controls_of_the_branch_below(borders):
    values = borders.answers.shifted[:, 0].clone()
    values[3] = torch.nan
    controls = [each.shifted[:, 0] for each in borders.controls]
    found = columns.percentiles(borders, values, controls)
    assert found[3].isnan()
    for unit, own in ((5, slice(0, 20)), (30, slice(20, 35))):
        beside = torch.cat([each[own] for each in controls])
        assert float(found[unit]) == pytest.approx(float((beside < values[unit]).float().mean()))


def test_the_columns_are_those_of_the_schema(borders):
    values = columns.of_units(borders)
    identity = unit_table.identities("network", {branch.layer: branch.units for branch in borders.branches})
    table = unit_table.table(identity, values, columns.COLUMNS, page="a/b", about={})
    assert set(values) == set(columns.COLUMNS)
    assert table.num_rows == 35
