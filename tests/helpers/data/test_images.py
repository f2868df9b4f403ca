"""The same images from a folder, a tar file and a path in HELPERS_ASSETS; what is skipped, and what is refused."""

import hashlib
import io
import multiprocessing
import os
import pickle
import re
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from helpers.data import image_files, images
from helpers.data.images import ImagesError, default, open_images
from helpers.data.patterns import Patterns

RANDOM = np.random.default_rng(0)
SHAPES = {"n02/b.png": (50, 70), "n02/a.png": (40, 40), "n01/c.JPEG": (64, 48), "n03/deep.er/d.png": (33, 90)}
ORDER = ["n01/c.JPEG", "n02/a.png", "n02/b.png", "n03/deep.er/d.png"]


def encoded(height, width, format):
    buffer = io.BytesIO()
    Image.fromarray(RANDOM.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(buffer, format)
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "pictures"
    for name, (height, width) in SHAPES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(height, width, "JPEG" if name.endswith("JPEG") else "PNG"))
    (root / "n01" / "notes.txt").write_text("no image")
    (root / "n01" / "._c.JPEG").write_text("left by a Mac")
    return root


@pytest.fixture
def tar(folder):
    path = folder.with_suffix(".tar")
    with tarfile.open(path, "w") as file:
        file.add(folder, arcname=".")
    return path


@pytest.fixture(autouse=True)
def no_assets(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)


def all_of(found, workers=0):
    """Images, labels and names of all batches."""
    x, label, names = zip(*found.batches(3, workers=workers, progress=False), strict=True)
    return torch.cat(x), torch.cat(label), [name for batch in names for name in batch]


def test_a_folder_gives_what_torchvision_gives(folder):
    found = open_images(folder, size=32)
    x, label, names = all_of(found)
    assert names == found.names == ORDER
    assert found.class_names == ["deep.er", "n01", "n02"]
    assert [found.class_names[k] for k in label] == ["n01", "n02", "n02", "deep.er"]
    reference = ImageFolder(str(folder), v2.Compose([v2.Resize(32), v2.CenterCrop(32), v2.PILToTensor()]))
    by_name = {Path(path).relative_to(folder).as_posix(): k for k, (path, _) in enumerate(reference.samples)}
    for image, name in zip(x, names, strict=True):
        assert torch.equal(image, reference[by_name[name]][0] / 255), name


def test_the_shorter_side_may_be_larger_than_the_cut(folder):
    x, _, names = all_of(open_images(folder, size=24, shorter_side=30))
    transform = v2.Compose([v2.Resize(30), v2.CenterCrop(24), v2.PILToTensor()])
    for image, name in zip(x, names, strict=True):
        assert torch.equal(image, transform(Image.open(folder / name).convert("RGB")) / 255), name


def test_a_tar_gives_what_its_folder_gives(folder, tar):
    from_folder, from_tar = open_images(folder, size=32), open_images(tar, size=32)
    for one, other in zip(all_of(from_folder), all_of(from_tar), strict=True):
        assert one == other if isinstance(one, list) else torch.equal(one, other)
    assert from_tar.class_names == from_folder.class_names
    assert torch.equal(from_folder.identity(), from_tar.identity())


def test_the_identity_is_that_of_names_and_bytes(folder):
    sha = hashlib.sha256()
    for name in ORDER:
        content = (folder / name).read_bytes()
        sha.update(f"{name}/{len(content)}/".encode() + content)
    found = open_images(folder, size=32)
    assert bytes(found.identity().tolist()).hex() == sha.hexdigest()
    assert not torch.equal(found.choose(3).identity(), found.identity())


def test_grey_transparent_and_turned_images(tmp_path):
    folder = tmp_path / "kinds"
    folder.mkdir()
    picture = Image.fromarray(RANDOM.integers(0, 256, (40, 60), dtype=np.uint8))
    picture.save(folder / "grey.png")
    picture.convert("RGBA").save(folder / "transparent.png")
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned clockwise by a quarter
    picture.convert("RGB").save(folder / "turned.png", exif=turned)
    found = open_images(folder, size=40)
    assert found.class_names == ["kinds"]
    x, _, _ = all_of(found)
    grey = torch.from_numpy(np.array(picture))[:, 10:50] / 255
    assert torch.equal(x[0], grey.expand(3, 40, 40))
    assert torch.equal(x[1], x[0])
    assert torch.equal(x[2], x[0].rot90(-1, (1, 2)))


def test_an_unreadable_image_is_skipped_and_named(folder, tar):
    whole = (folder / "n02" / "b.png").read_bytes()
    (folder / "n02" / "b.png").write_bytes(whole[:300])
    (folder / "n01" / "c.JPEG").write_text("not an image at all")
    with tarfile.open(tar, "w") as file:
        file.add(folder, arcname=".")
    for source in (folder, tar):
        found = open_images(source, size=32)
        for _ in range(2):  # a second pass names none twice
            _, label, names = all_of(found)
            assert names == ["n02/a.png", "n03/deep.er/d.png"]
            assert label.tolist() == [2, 0]
            assert found.skipped == ["n01/c.JPEG", "n02/b.png"]
    assert found.choose(2).skipped == []


@pytest.fixture
def many(tmp_path):
    """A tar file of more batches than workers prepare, of which every seventh image cannot be read."""
    path = tmp_path / "many.tar"
    with tarfile.open(path, "w") as file:
        for number in range(40):
            content = encoded(30 + number, 40, "PNG")
            info = tarfile.TarInfo(f"n{number % 3}/{number:02}.png")
            info.size = len(content)
            if number % 7 == 3:
                content = content[:100].ljust(info.size, b"x")
            file.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_gives_the_same(many, tmp_path, workers):
    with tarfile.open(many) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    state = torch.random.get_rng_state()
    for source in (many, tmp_path / "unpacked", "patterns"):
        alone, helped = (open_images(source, size=32).choose(40) for _ in range(2))
        expected, given = all_of(alone), all_of(helped, workers)
        assert torch.equal(given[0], expected[0])
        assert given[0].stride() == expected[0].stride() == (3 * 32 * 32, 32 * 32, 32, 1)  # layers can ask for that
        assert torch.equal(given[1], expected[1])
        assert given[2] == expected[2]
        assert helped.skipped == alone.skipped
        assert len(helped.skipped) == (0 if source == "patterns" else 6)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_workers_are_not_left_behind(many):
    batches = open_images(many, size=32).batches(2, workers=2)
    next(batches)
    assert len(multiprocessing.active_children()) == 2
    batches.close()
    assert multiprocessing.active_children() == []


def test_readers_can_be_sent_to_another_process(many, folder):
    """On systems that do not fork, a worker is sent what it reads from."""
    for source in (many, folder):
        reader = open_images(source, size=32)._reader
        assert pickle.loads(pickle.dumps(reader)).content(1) == reader.content(1)


def test_batches_hold_what_was_asked_for(folder):
    found = open_images(folder, size=32)
    assert [len(batch.x) for batch in found.batches(3)] == [3, 1]
    assert [batch.x.shape for batch in found.batches(1)] == [(1, 3, 32, 32)] * 4
    with pytest.raises(ValueError, match="batch_size = 0 must be at least 1"):
        next(found.batches(0))
    with pytest.raises(ValueError, match="workers = -1 must be at least 0"):
        next(found.batches(1, workers=-1))


def test_only_the_images_of_a_batch_are_read(folder, monkeypatch):
    read = []
    decode = image_files._decode
    monkeypatch.setattr(image_files, "_decode", lambda *given: read.append(0) or decode(*given))
    batches = open_images(folder, size=32).batches(2)
    assert read == []
    next(batches)
    assert len(read) == 2


def test_the_first_images_and_a_spread_of_them():
    found = open_images("patterns", size=32)
    assert len(found) == 58 * images.PATTERNS_PER_CLASS
    first = found.choose(7)
    assert first.names == found.names[:7]
    assert len(first) == 7
    spread = found.choose(100, seed=3)
    places = [found.names.index(name) for name in spread.names]
    assert places == sorted(set(places))
    assert set(np.diff(places)) <= {23, 24}  # 2320 / 100
    assert torch.equal(spread.labels, found.labels[places])
    assert spread.names == found.choose(100, seed=3).names != found.choose(100, seed=4).names
    assert found.choose(10**6).names == found.choose(10**6, seed=0).names == found.names
    with pytest.raises(ValueError, match="count = 0: at least one image is needed"):
        found.choose(0)


def test_a_spread_of_a_spread_reads_the_images_it_names():
    found = open_images("patterns", size=32)
    chosen = found.choose(200, seed=1).choose(5, seed=2)
    x, label, names = all_of(chosen)
    numbers = [int(name.split()[1]) for name in names]
    expected = Patterns(size=32).draw(numbers, seed=0, purpose=images.PATTERN_STREAM)
    assert torch.allclose(x, expected.x, atol=1e-5)
    assert torch.equal(label, expected.label)
    assert torch.equal(label, chosen.labels)


def test_without_assets_the_default_is_procedural():
    assert default() == "patterns"
    found = open_images(size=40)
    assert found.class_names == Patterns().class_names
    assert found.size == 40


def test_the_default_in_the_assets(folder, tar, tmp_path, monkeypatch):
    assets = tmp_path / "assets" / "images"
    (assets / "n01").mkdir(parents=True)
    monkeypatch.setenv("HELPERS_ASSETS", str(assets.parent))
    (assets / "n01" / "a.png").write_bytes((folder / "n02" / "a.png").read_bytes())
    assert default() == assets
    (assets / "zoo.tar").write_bytes(tar.read_bytes())
    assert default() == assets / "zoo.tar"
    (assets / "imagenette_val.tar").write_bytes(tar.read_bytes())
    assert default() == assets / "imagenette_val.tar"
    (assets / images._PREFERRED).write_bytes(tar.read_bytes())
    assert default() == assets / images._PREFERRED
    found = open_images("auto", size=32)
    assert (found.name, found.source, found.names) == (images._PREFERRED, "HELPERS_ASSETS", ORDER)
    assert open_images("zoo", size=32).name == open_images("zoo.tar", size=32).name == "zoo.tar"
    assert open_images("imagenette", size=32).name == "imagenette_val.tar"
    assert open_images(folder, size=32).source == "a folder"


def test_imagenette_is_downloaded_whole_or_not_at_all(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(images, "cache_folder", lambda: tmp_path)

    def broken(root, **settings):
        (Path(root) / "imagenette2-320" / "val").mkdir(parents=True)
        raise RuntimeError("File not found or corrupted.")

    monkeypatch.setattr(images, "Imagenette", broken)
    sentence = r"Imagenette is not in HELPERS_ASSETS and could not be downloaded \(File not found or corrupted\.\)\."
    for _ in range(2):  # what was half unpacked is not taken for the whole
        with pytest.raises(ImagesError, match=sentence):
            open_images("imagenette", size=32)

    def unpacked(root, **settings):
        assert settings == {"split": "val", "size": "320px", "download": True}
        (Path(root) / "imagenette2-320").mkdir()
        folder.rename(Path(root) / "imagenette2-320" / "val")

    monkeypatch.setattr(images, "Imagenette", unpacked)
    assert open_images("imagenette", size=32).names == ORDER
    monkeypatch.setattr(images, "Imagenette", broken)  # what is cached is not downloaded again
    assert open_images("imagenette", size=32).source == "torchvision's download"


def test_what_is_refused(folder, tar, tmp_path):
    with pytest.raises(ImagesError, match=re.escape(f"There are no images at {tmp_path / 'none'}: it is neither")):
        open_images(tmp_path / "none", size=32)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImagesError, match=r"empty holds no images, which are files that end in \.bmp, \.gif, \.jpeg"):
        open_images(tmp_path / "empty", size=32)
    truncated = tmp_path / "half.tar"
    truncated.write_bytes(tar.read_bytes()[:9000])
    with pytest.raises(ImagesError, match=r"half\.tar is not a whole, uncompressed tar file \("):
        open_images(truncated, size=32)
    with tarfile.open(tmp_path / "small.tar.gz", "w:gz") as file:
        file.add(folder, arcname=".")
    with pytest.raises(ImagesError, match=r"small\.tar\.gz is not a whole, uncompressed tar file"):
        open_images(tmp_path / "small.tar.gz", size=32)
    with pytest.raises(ValueError, match="size = 32 must lie between 1 and shorter_side = 24"):
        open_images(folder, size=32, shorter_side=24)
    for name in SHAPES:
        (folder / name).write_text("nothing")
    with pytest.raises(ImagesError, match=r"Not one of the 4 images of pictures can be read\."):
        list(open_images(folder, size=32).batches(2))


ASSETS = os.environ.get("HELPERS_ASSETS")


@pytest.mark.skipif(ASSETS is None, reason="needs images of the real world: HELPERS_ASSETS is not set")
def test_real_images(monkeypatch):
    monkeypatch.setenv("HELPERS_ASSETS", ASSETS)
    found = open_images("imagenette", size=64)
    x, label, _ = all_of(found.choose(50, seed=0))
    assert x.shape == (50, 3, 64, 64)
    assert len(set(label.tolist())) == len(found.class_names) == 10
    assert 0.3 < float(x.mean()) < 0.6
