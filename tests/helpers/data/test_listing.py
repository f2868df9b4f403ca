"""Which images a folder or a tar file holds: hidden folders, links, loops, names of every kind, damaged tar files."""

import io
import os
import subprocess
import tarfile

import pytest

from helpers.data.listing import ImagesError, Listing, in_folder, in_tar

HIDDEN = [
    ".ipynb_checkpoints/cat-checkpoint.png",
    "cat/.ipynb_checkpoints/1-checkpoint.png",
    "__MACOSX/cat/1.png",
    "__MACOSX/cat/._1.png",
    "cat/._1.png",
    "cat/.1.png",
    ".DS_Store",
    "cat/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg",
    "@eaDir/1.jpg",
    "$RECYCLE.BIN/S-1-5/1.jpg",
    "$Recycle.Bin/1.jpg",
    "lost+found/1.jpg",
    "System Volume Information/1.png",
    ".git/1.png",
    ".Trash-1000/files/1.png",
    "#recycle/1.png",
    "cat/.thumbnails/large/1.png",
    "cat/Thumbs.db",
]
SHOWN = ["cat/1.png", "cat/2.JPG", "dog/deep/3.tif", "4.png"]


def test_images_of_other_formats_are_named(tmp_path):
    others = ["cat/IMG_1.HEIC", "cat/a.svg", "dog/b.nef"]
    root = fill(tmp_path / "x", ["cat/1.jpg", *others, "cat/.2.heic", "notes.txt", "c.py", "__MACOSX/3.heic"])
    for found in (in_folder(root), in_tar(packed(root))):
        assert list(found.spans) == ["cat/1.jpg"]
        assert sorted(found.left_out) == others


def fill(root, names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def contents(listing: Listing):
    return {name: span.content().decode() for name, span in listing.spans.items()}


def packed(folder, *arguments):
    path = folder.with_name(f"{folder.name}.tar")
    subprocess.run(["tar", "-C", str(folder), "-cf", str(path), *arguments, "."], check=True)
    return path


def test_hidden_folders_and_those_of_systems_are_passed_over(tmp_path):
    # the folder itself may lie in a hidden one
    root = fill(
        tmp_path / ".cache" / "lost+found" / "x", [*HIDDEN, *SHOWN, "cat/notes.txt", "cat/png", "dog.png/no.txt"]
    )
    for read in (lambda: in_folder(root), lambda: in_tar(packed(root)), lambda: in_tar(packed(root, "--format=posix"))):
        found = read()
        assert contents(found) == {name: name for name in SHOWN}
        assert found.left_out == {}


@pytest.fixture
def linked(tmp_path):
    """A folder of classes, with links into a folder elsewhere."""
    root = fill(tmp_path / "x", ["cat/1.png", ".store/7.png"])
    fill(tmp_path / "far", ["dog/2.png", "dog/young/3.png", "birds/4.png", ".hidden/5.png", "6.png"])
    return root


def links(root, **targets):
    for name, target in targets.items():
        (root / name).symlink_to(target)


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        ({"dog": "../far/dog"}, ["dog/2.png", "dog/young/3.png"]),
        (
            {"dog": "../far/dog", "hound": "../far/dog"},
            ["dog/2.png", "dog/young/3.png", "hound/2.png", "hound/young/3.png"],
        ),
        ({"all": "../far"}, ["all/6.png", "all/birds/4.png", "all/dog/2.png", "all/dog/young/3.png"]),
        ({"5.png": "../far/.hidden/5.png"}, ["5.png"]),  # named here, wherever it lies
        ({"hidden": "../far/.hidden"}, ["hidden/5.png"]),
        ({"stored": ".store", "8.png": ".store/7.png"}, ["stored/7.png", "8.png"]),
        ({".dog": "../far/dog"}, []),
        ({"itself": "itself"}, []),
        ({"here": ".", "up": "..", "top": "/", "again": "../x", "kitten": "cat"}, []),  # no image twice, and an end
        ({"nowhere": "../none"}, []),
        ({"dog.txt": "../far/dog/2.png"}, []),
        ({"notes.png": "../far/dog"}, ["notes.png/2.png", "notes.png/young/3.png"]),
    ],
)
def test_links_in_a_folder(linked, targets, names):
    links(linked, **targets)
    found = in_folder(linked)
    assert sorted(found.spans) == sorted(["cat/1.png", *names])
    assert found.left_out == {}


def test_loops_end_also_in_folders_elsewhere(linked, tmp_path):
    """Ten folders, each with links to all: followed freely, these are millions of ways."""
    links(linked, far="../far")
    for number in range(10):
        fill(tmp_path / "far", [f"{number}/a.png"])
        links(tmp_path / "far" / str(number), **{f"to{other}": f"../{other}" for other in range(10)}, back=linked)
    found = in_folder(linked)
    assert len([name for name in found.spans if name.endswith("/a.png")]) == 10
    assert sorted(in_folder(linked).spans) == sorted(found.spans)


def test_a_folder_that_is_a_link_itself(linked, tmp_path):
    (tmp_path / "link").symlink_to("x")
    links(linked, dog="../far/dog", again="../link")
    assert sorted(in_folder(tmp_path / "link").spans) == ["cat/1.png", "dog/2.png", "dog/young/3.png"]


def test_what_cannot_be_read_is_named(linked, monkeypatch):
    links(linked, **{"gone.png": "nowhere.png", "round.png": "round.png"})
    os.mkfifo(linked / "cat" / "pipe.png")  # reading it would never end
    (linked / "cat" / "zero.png").symlink_to("/dev/zero")
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: refuse() if path.endswith("secret") else real(path))
    (linked / "secret").mkdir()
    found = in_folder(linked)
    assert sorted(found.spans) == ["cat/1.png", "gone.png", "round.png"]  # as unreadable, once they are read
    assert found.left_out == {"secret/": "Permission denied"}


def refuse():
    raise PermissionError(13, "Permission denied")


def test_names_of_every_kind(tmp_path):
    names = [
        "a\nb/1.png",
        "<b onclick='x'>/2.png",
        " /3.png",
        "-rf/4.png",
        "ü/5.png",
        "$(x)/6.png",
        "a.b/.c/7.png",
        "8.PNG",
    ]
    root = fill(tmp_path / "x", names)
    latin = os.fsencode(root) + b"/caf\xe9.png"
    with open(latin, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"latin")
    expected = {name: name for name in names if name != "a.b/.c/7.png"} | {"caf\udce9.png": "latin"}
    assert contents(in_folder(root)) == expected
    assert contents(in_tar(packed(root))) == expected
    assert contents(in_tar(packed(root, "--format=posix"))) == expected


def tar_of(path, *members, tail=b""):
    """A tar file of members: a name and its content, or its type and where it links to."""
    with tarfile.open(path, "w") as file:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                file.addfile(info)
    return path


HARD, SOFT = tarfile.LNKTYPE, tarfile.SYMTYPE


@pytest.mark.parametrize(
    ("links", "names", "left_out"),
    [
        ([("cat/2.png", (HARD, "cat/1.png"))], ["cat/2.png"], []),
        ([("cat/2.png", (HARD, "./cat/1.png"))], ["cat/2.png"], []),
        ([("./cat/2.png", (SOFT, "1.png"))], ["cat/2.png"], []),
        ([("dog/2.png", (SOFT, "../cat/./1.png"))], ["dog/2.png"], []),
        ([("dog/2.png", (SOFT, "3.png")), ("dog/3.png", (HARD, "cat/1.png"))], ["dog/2.png", "dog/3.png"], []),
        ([("4.png", (SOFT, "all/1.png")), ("all", (SOFT, "cat"))], ["4.png"], []),  # through a link to a folder
        ([("5.png", (SOFT, "data/0123"))], ["5.png"], []),
        ([("kitten", (SOFT, "cat"))], [], []),  # its images are there already
        ([("stored", (SOFT, ".store"))], ["stored/9.png"], []),
        ([("6.png", (SOFT, "/etc/passwd"))], [], ["6.png"]),
        ([("6.png", (SOFT, "../../etc/passwd"))], [], ["6.png"]),
        ([("6.png", (HARD, "/etc/passwd")), ("7.png", (HARD, "none.png"))], [], ["6.png", "7.png"]),
        ([("far", (SOFT, "/data/far"))], [], ["far"]),
        ([("notes.txt", (SOFT, "/data/notes.txt")), (".link", (SOFT, "/data"))], [], []),
        ([("a.png", (SOFT, "b.png")), ("b.png", (SOFT, "a.png"))], [], ["a.png", "b.png"]),
        ([("a.png", (SOFT, "a.png/a.png"))], [], ["a.png"]),
        ([("../out.png", b"out"), ("a/../../b.png", b"out")], [], ["../out.png", "a/../../b.png"]),
        ([("pipe.png", (tarfile.FIFOTYPE, "")), ("zero.png", (tarfile.CHRTYPE, ""))], [], []),
    ],
)
def test_links_in_a_tar(tmp_path, links, names, left_out):
    members = [("cat/1.png", b"one"), ("data/0123", b"one"), (".store/9.png", b"one")]
    for order in (members + links, links + members):
        found = in_tar(tar_of(tmp_path / "x.tar", *order))
        assert contents(found) == dict.fromkeys(["cat/1.png", *names], "one")
        assert list(found.left_out) == left_out


def test_what_gnu_tar_makes_of_links(linked, tmp_path):
    os.link(linked / "cat" / "1.png", linked / "cat" / "2.png")
    links(linked, **{"3.png": "cat/1.png", "out.png": "../far/6.png"})
    found = in_tar(packed(linked))
    assert contents(found) == dict.fromkeys(["cat/1.png", "cat/2.png", "3.png"], "cat/1.png")
    assert list(found.left_out) == ["out.png"]


def test_absolute_paths_and_names_given_twice(tmp_path):
    found = in_tar(tar_of(tmp_path / "x.tar", ("/etc/cat/1.png", b"old"), ("//etc/./cat/1.png", b"new")))
    assert contents(found) == {"etc/cat/1.png": "new"}  # the later one, as unpacking would leave it
    assert list(tmp_path.iterdir()) == [tmp_path / "x.tar"]


def test_files_with_holes_are_named(tmp_path):
    root = fill(tmp_path / "x", ["cat/1.png"])
    with (root / "hole.png").open("wb") as file:
        file.seek(2**20)
        file.write(b"end")
    found = in_tar(packed(root, "--sparse"))
    assert contents(found) == {"cat/1.png": "cat/1.png"}
    assert list(found.left_out) == ["hole.png"]


@pytest.fixture
def whole(tmp_path):
    path = tmp_path / "x.tar"
    tar_of(path, *((f"cat/{number}.png", bytes([number]) * 700) for number in range(1, 9)))
    return path


@pytest.mark.parametrize("length", [0, 1, 511, 512, 700, 512 * 3, 512 * 4, 512 * 7 + 300, 512 * 12, 512 * 24])
def test_a_tar_that_was_cut_off_is_refused(whole, length):
    whole.write_bytes(whole.read_bytes()[:length])
    with pytest.raises(ImagesError, match=r"^x\.tar is not a whole, uncompressed tar file \(.+\)\.$"):
        in_tar(whole)


@pytest.mark.parametrize("place", [0, 512 * 3 + 5, 512 * 9 + 148])
def test_a_tar_with_a_damaged_entry_is_refused(whole, place):
    content = bytearray(whole.read_bytes())
    content[place] ^= 0xFF
    whole.write_bytes(content)
    with pytest.raises(ImagesError, match=r"not a whole, uncompressed tar file \(.+\)"):
        in_tar(whole)


def test_tar_files_joined_into_one_are_refused(whole):
    """Only the first one's images would be seen."""
    whole.write_bytes(whole.read_bytes() * 2)
    with pytest.raises(
        ImagesError, match=r"\(something follows after its end at byte \d+, as if files had been joined\)"
    ):
        in_tar(whole)


@pytest.mark.parametrize("flag", ["gz", "bz2", "xz"])
def test_a_packed_tar_is_called_that(tmp_path, flag):
    root = fill(tmp_path / "x", SHOWN)
    with tarfile.open(tmp_path / "y.tar", f"w:{flag}") as file:
        file.add(root, arcname=".")
    with pytest.raises(ImagesError, match=r"tar file \(it is packed with \w+: unpack it and name the folder\)\.$"):
        in_tar(tmp_path / "y.tar")


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"Rar!\x1a\x07", b"<!DOCTYPE html>" * 100, b"\x93NUMPY" * 200])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "caf\udce9.tar").write_bytes(content)
    with pytest.raises(ImagesError, match=r"is not a whole, uncompressed tar file \(.+\)\.") as said:
        in_tar(tmp_path / "caf\udce9.tar")
    str(said.value).encode()
