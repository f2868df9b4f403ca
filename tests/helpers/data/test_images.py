"""The same images from a folder, a tar file and a path in HELPERS_ASSETS; what is skipped, and what is refused."""

import hashlib
import io
import json
import multiprocessing
import os
import pickle
import re
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from helpers.assets import AssetsError
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
    monkeypatch.delenv("HELPERS_CALLER", raising=False)


def all_of(found, workers=0):
    """Images, labels and names of all batches."""
    x, label, names, _ = zip(*found.batches(3, workers=workers, progress=False), strict=True)
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
    (assets / "imagenette_val.tar").unlink()
    folder_of_it = assets / "imagenette2-320" / "val" / "n01"
    folder_of_it.mkdir(parents=True)
    (folder_of_it / "a.png").write_bytes((folder / "n02" / "a.png").read_bytes())
    assert open_images("imagenette", size=32).names == ["n01/a.png"]
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
    with pytest.raises(ImagesError, match=r"empty holds no images, which are files that end in \.avif, \.bmp, \.gif"):
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
    with pytest.raises(
        ImagesError,
        match=r"Not one of the 4 images of pictures can be read: n01/c.JPEG \(no image of a known format\), .*, …\.",
    ):
        list(open_images(folder, size=32).batches(2))


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("", "The images have no name"),
        ("  ", "The images have no name"),
        ("none", r"at none \(/.*/none\): it is neither"),
    ],
)
def test_names_that_are_none(folder, monkeypatch, written, missing):
    monkeypatch.chdir(folder)  # the current folder holds images, and is not taken for it
    with pytest.raises(ImagesError, match=missing + r".*; allowed are a folder, an uncompressed tar file, an image, "):
        open_images(written, size=32)


@pytest.mark.parametrize(
    "written", ["/dev/zero", "pipe", "x" * 5000, "a\0b", "https://example.org/x.tar", "~nobody-here"]
)
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, written):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(ImagesError, match="There are no images at"):
        open_images(written, size=32)


def test_paths_as_users_write_them(folder, tar, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.chdir(folder.parent)
    for written in ("pictures", "./pictures/", "~/pictures", "../" + folder.parent.name + "/pictures", "pictures.tar"):
        assert open_images(written, size=32).names == ORDER
    monkeypatch.chdir("/")
    monkeypatch.setenv("HELPERS_CALLER", str(folder.parent))  # the page runs elsewhere
    assert open_images("pictures", size=32).names == ORDER


def test_one_image(folder, monkeypatch):
    monkeypatch.chdir(folder / "n02")
    for written in ("a.png", str(folder / "n02" / "a.png")):
        found = open_images(written, size=32)
        assert (found.name, found.source, found.names, found.class_names) == ("a.png", "an image", ["a.png"], ["n02"])
        x, label, _ = all_of(found)
        assert torch.equal(x, all_of(open_images(folder, size=32))[0][1:2])
        assert label.tolist() == [0]
    (folder / "n02" / "a.png").write_text("no image")
    with pytest.raises(
        ImagesError, match=r"Not one of the 1 images of a\.png can be read: a\.png \(no image of a known format\)\."
    ):
        next(open_images("a.png", size=32).batches(1))


def test_one_image_of_another_format(tmp_path):
    (tmp_path / "IMG_1.HEIC").touch()
    with pytest.raises(ImagesError, match=r"IMG_1\.HEIC \(a format that has to be converted first\)\."):
        open_images(tmp_path / "IMG_1.HEIC", size=32)


def test_classes_are_the_folders_that_images_lie_in(tmp_path, monkeypatch):
    root = tmp_path / "set.v2"
    names = ["10/a.png", "2/a.png", "2/b.PNG", "a.png", "train/cat/a.png", "val/cat/b.png", "Cat/c.png", "empty/x.txt"]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(encoded(33, 33, "PNG"))
    monkeypatch.chdir(root)
    for written in (root, ".", "./2/.."):
        found = open_images(written, size=32)
        assert found.name == "set.v2"
        assert found.names == sorted(names[:-1])
        assert found.class_names == ["10", "2", "Cat", "cat", "set.v2"]
        of_names = [found.class_names[label] for label in found.labels]
        assert of_names == ["10", "2", "2", "Cat", "set.v2", "cat", "cat"]


def test_names_that_are_not_utf_8_or_not_one_line(folder):
    (folder / "n01" / "c.JPEG").rename(folder / os.fsdecode(b"n01/caf\xe9.jpg"))
    (folder / "n03").rename(folder / os.fsdecode(b"z\xfc"))
    (folder / "n02" / "b.png").rename(folder / "n02" / "b\n\x1b[31m.png")
    found = open_images(folder, size=32)
    assert found.names == [r"n01/caf\udce9.jpg", "n02/a.png", r"n02/b\n\x1b[31m.png", r"z\udcfc/deep.er/d.png"]
    assert len(all_of(found)[0]) == 4
    assert found.identity().shape == (32,)
    json.dumps([found.name, found.names, found.class_names], ensure_ascii=False).encode()


def test_what_cannot_be_reached_is_skipped_and_named(folder, tmp_path):
    (folder / "n02" / "gone.png").symlink_to("nowhere")
    found = open_images(folder, size=32).choose(10)
    assert all_of(found)[2] == ORDER
    assert found.skipped == ["n02/gone.png"]
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        file.add(folder, arcname=".")
    found = open_images(tmp_path / "x.tar", size=32)
    assert found.skipped == found.choose(1, seed=0).skipped == ["n02/gone.png"]
    with tarfile.open(tmp_path / "links.tar", "w") as file:
        file.add(folder / "n02" / "gone.png", arcname="gone.png")
    with pytest.raises(
        ImagesError, match=r"links\.tar holds no images, .*; 1 cannot be taken: gone\.png \(it leads to nothing"
    ):
        open_images(tmp_path / "links.tar", size=32)


@pytest.mark.parametrize("failure", [struct.error("x"), TypeError(), KeyError("x"), MemoryError(), RecursionError()])
def test_whatever_decoding_raises_the_image_is_skipped(folder, monkeypatch, failure):
    decode = image_files._decode

    def failing(content, *sizes):
        if content == (folder / "n02" / "b.png").read_bytes():
            raise failure
        return decode(content, *sizes)

    monkeypatch.setattr(image_files, "_decode", failing)
    found = open_images(folder, size=32)
    assert all_of(found)[2] == [name for name in ORDER if name != "n02/b.png"]
    assert found.skipped == ["n02/b.png"]


def test_the_page_can_say_why_an_image_was_skipped(folder):
    wrong = {
        "empty.png": (b"", "empty"),
        "gone.png": (None, "No such file or directory"),
        "lfs.png": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS"),
        "page.png": (b"<!DOCTYPE html><html>", "a web page"),
        "text.png": (b"no image", "no image of a known format"),
        "part.png": ((folder / "n02" / "b.png").read_bytes()[:300], "truncated|broken|cannot|incomplete|unrecognized"),
        "x.heic": (b"", "a format that has to be converted first"),
    }
    for name, (content, _) in wrong.items():
        (folder / name).symlink_to("nowhere") if content is None else (folder / name).write_bytes(content)
    found = open_images(folder, size=32)
    all_of(found)
    assert sorted(found.skipped) == sorted(wrong)
    for name, (_, why) in wrong.items():
        assert re.search(why, found.reasons[name])


def test_a_file_that_is_too_large_to_be_held_is_skipped(folder):
    with (folder / "n02" / "b.png").open("r+b") as file:
        file.truncate(2**40)  # with a hole: it takes no room on the disk
    found = open_images(folder, size=32)
    assert all_of(found)[2] == [name for name in ORDER if name != "n02/b.png"]
    assert found.skipped == ["n02/b.png"]
    found.identity()


@pytest.mark.parametrize("size", [1, 8, 28, 31])
def test_patterns_of_any_size(size):
    found = open_images("patterns", size=size).choose(6, seed=0)
    x, label, names = all_of(found)
    assert x.shape == (6, 3, size, size)
    assert len(label) == len(names) == 6
    finer = -(-32 // size)
    numbers = [int(name.split()[1]) for name in names]
    expected = Patterns(size=finer * size).draw(numbers, seed=0, purpose=images.PATTERN_STREAM)
    means = [block.mean((-2, -1)) for block in expected.x.split(finer, -1)[0].split(finer, -2)]
    assert torch.allclose(x[..., 0], torch.stack(means, -1), atol=1e-5)
    assert torch.equal(label, expected.label)


@pytest.mark.parametrize("assets", ["", " "])
def test_assets_that_are_not_set(monkeypatch, assets):
    monkeypatch.setenv("HELPERS_ASSETS", assets)
    assert default() == "patterns"
    assert open_images(size=32).source == "drawn by this project (embedded default)"


def test_assets_without_images_are_spoken_of(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_ASSETS", str(tmp_path / "none"))
    for source in ("auto", "imagenette", "some name"):
        with pytest.raises(AssetsError, match=r"HELPERS_ASSETS is '.*none', but there is no folder "):
            open_images(source, size=32)
    assert open_images("patterns", size=32).source == "drawn by this project (embedded default)"
    assert open_images(folder, size=32).source == "a folder"
    (tmp_path / "none" / "weights").mkdir(parents=True)  # half filled
    assert open_images(size=32).source == "drawn by this project (embedded default); HELPERS_ASSETS has no images"
    (tmp_path / "none" / "images").mkdir()
    with pytest.raises(ImagesError, match="images holds no images"):
        open_images(size=32)
    (tmp_path / "none" / "images" / "._a.tar").write_text("left by a Mac")
    (tmp_path / "none" / "images" / "a.png").write_bytes(encoded(40, 40, "PNG"))
    assert open_images(size=32).names == ["a.png"]


@pytest.mark.parametrize("cache", ["/proc/none", "file"])
def test_imagenette_without_a_cache(tmp_path, monkeypatch, cache):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / cache))
    with pytest.raises(ImagesError, match="Imagenette is not in HELPERS_ASSETS and could not be downloaded"):
        open_images("imagenette", size=32)


ASSETS = os.environ.get("HELPERS_ASSETS")


@pytest.mark.skipif(ASSETS is None, reason="needs images of the real world: HELPERS_ASSETS is not set")
def test_real_images(monkeypatch):
    monkeypatch.setenv("HELPERS_ASSETS", ASSETS)
    found = open_images("imagenette", size=64)
    x, label, _ = all_of(found.choose(50, seed=0))
    assert x.shape == (50, 3, 64, 64)
    assert len(set(label.tolist())) == len(found.class_names) == 10
    assert 0.3 < float(x.mean()) < 0.6


def test_images_of_each_class_are_as_many_as_it_has_at_most(folder):
    found = open_images(folder, size=32)
    sizes = found.labels.bincount()
    chosen = found.of_each_class(2, seed=0)
    assert chosen.labels.bincount(minlength=len(sizes)).tolist() == sizes.clamp(max=2).tolist()
    assert chosen.names == sorted(chosen.names) and set(chosen.names) <= set(found.names)
    assert found.of_each_class(99, seed=1).names == found.names


def test_a_part_is_a_stretch_of_the_list(folder):
    found = open_images(folder, size=32)
    assert found.part(1, 3).names == found.names[1:3] and found.part(1, 3).labels.equal(found.labels[1:3])
    for first, stop in [(2, 2), (-1, 2), (0, 99)]:
        with pytest.raises(ValueError, match="are no part of"):
            found.part(first, stop)
