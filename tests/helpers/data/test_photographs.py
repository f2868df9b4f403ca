from helpers.data import photographs
from helpers.data.images import open_images


def test_they_come_with_the_packages_and_all_have_an_owner():
    images = open_images("photographs", size=32)
    assert len(images) == len(photographs.CREDITS) == len(images.class_names)
    (batch,) = images.batches(64)
    assert batch.x.shape == (len(images), 3, 32, 32) and not images.reasons
    assert all(name.rpartition("/")[2] in photographs.CREDITS for name in images.names)
    assert float(batch.x.std(dim=(1, 2, 3)).min()) > 0.02  # none of them is empty
