"""Controls: what they keep, and what they leave to chance."""

import torch
from scipy import stats

from helpers.randomness import generator
from helpers.studies.conceptual_content.chance import (
    Chance,
    chance,
    class_blind_counts,
    permuted_labels,
    permuted_names,
)
from helpers.studies.conceptual_content.class_counts import class_counts
from helpers.studies.conceptual_content.facets import MEASURES, effective_classes
from helpers.studies.conceptual_content.unit_similarity import correlations, pairs

SIZES = torch.tensor([3, 8, 5, 9])


def test_blind_rows_are_those_of_images_drawn_one_by_one():
    labels = torch.repeat_interleave(torch.arange(4), SIZES)
    random = generator(0, "lists")
    lists = torch.stack([torch.randperm(len(labels), generator=random)[:10] for _ in range(3000)])
    drawn = class_blind_counts(SIZES, top=10, draws=3000, generator=generator(0, "rows"))
    assert drawn.sum(dim=1).tolist() == [10] * 3000
    for measure in (effective_classes, MEASURES["Gini"]):
        one_by_one = measure(class_counts(lists, labels, classes=4, top=10))
        assert stats.ks_2samp(measure(drawn), one_by_one).pvalue > 0.001
    again = class_blind_counts(SIZES, top=10, draws=3000, generator=generator(0, "rows"))
    assert (drawn == again).all()


def test_a_unit_that_is_blind_stands_out_as_often_as_it_must():
    found = chance(effective_classes, class_blind_counts(SIZES, top=10, draws=4000, generator=generator(0, "a")))
    values = effective_classes(class_blind_counts(SIZES, top=10, draws=4000, generator=generator(0, "b")))
    z = found.z_scores(values)
    assert abs(float(z.mean())) < 0.06 and abs(float(z.std()) - 1) < 0.06
    assert float(found.share_above(values)) < 0.04
    alike = Chance(mean=1, low=1, high=1, spread=0)
    assert alike.z_scores(torch.ones(2)).isnan().all()


def test_permuted_names_keep_every_measure_of_a_row_and_no_overlap():
    counts = torch.zeros(30, 40, dtype=torch.long)
    counts[:, 3], counts[:, 7] = 6, 4  # all units prefer the same two classes
    permuted = permuted_names(counts, generator=generator(0, "names"))
    for measure in MEASURES.values():
        torch.testing.assert_close(measure(permuted), measure(counts))
    assert float(pairs(correlations(counts)).mean()) > 0.999
    assert float(pairs(correlations(permuted)).mean()) < 0.1


def test_permuted_labels_keep_the_sizes():
    labels = torch.repeat_interleave(torch.arange(4), SIZES)
    drawn = permuted_labels(labels, draws=5, generator=generator(0, "labels"))
    assert all(torch.bincount(row).tolist() == SIZES.tolist() for row in drawn)
    assert len({tuple(row.tolist()) for row in drawn}) == 5
