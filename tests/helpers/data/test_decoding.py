"""Images of every mode: right values from 0 to 1, or refused; odd EXIF; thin images in little memory."""

import io
import resource
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from helpers.data.decoding import decode

RANDOM = np.random.default_rng(0)
SIDE = 24
RAMP = np.tile(np.linspace(0, 1, SIDE), (SIDE, 1))
COLOURS = np.stack([RAMP, RAMP.T, 1 - RAMP], axis=-1)


def stored(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def of(values, dtype, largest):
    return Image.fromarray(np.rint(np.asarray(values) * largest).astype(dtype))


def pnm(magic, values, largest):
    kind = ">u2" if largest > 255 else "u1"
    head = f"{magic}\n{SIDE} {SIDE}\n{largest}\n".encode()
    return head + np.rint(values * largest).astype(kind).tobytes()


def png(values, bits, colour):
    """A PNG file of any number of bits and kind of colour: Pillow cannot write them all."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    values = np.rint(np.asarray(values) * (2**bits - 1)).astype(">u2" if bits == 16 else "u1")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    head = struct.pack(">IIBBBBB", SIDE, SIDE, bits, colour, 0, 0, 0)
    begin = b"\x89PNG\r\n\x1a\n"
    return begin + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(values, dtype, *, bits=16, sample_format=1, photometric=1, order="<"):
    """An uncompressed TIFF file of one channel with these entries."""
    content = values if isinstance(values, bytes) else np.asarray(values).astype(f"{order}{dtype}").tobytes()
    entries = {256: SIDE, 257: SIDE, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: SIDE}
    entries |= {279: len(content), 339: sample_format}
    listed = b"".join(
        struct.pack(f"{order}HHI", tag, 3, 1) + struct.pack(f"{order}H2x", value)
        for tag, value in sorted(entries.items())
    )
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(content))
    return head + content + struct.pack(f"{order}H", len(entries)) + listed + bytes(4)


def twelve(values):
    """12 bits a point, two points in three bytes."""
    whole = np.rint(values * 4095).astype(np.uint16).reshape(-1, 2)
    return np.stack([whole[:, 0] >> 4, (whole[:, 0] & 15) << 4 | whole[:, 1] >> 8, whole[:, 1] & 255], 1).astype("u1")


DEEP = RAMP * 65535
GREY = {
    "L": stored(of(RAMP, "u1", 255), "PNG"),
    "16-bit PNG": stored(of(RAMP, "u2", 65535), "PNG"),
    "16-bit PNG by hand": png(RAMP, 16, 0),
    "16-bit PNG with alpha": png(np.stack([RAMP, np.ones_like(RAMP)], -1), 16, 4),
    "16-bit TIFF": tiff(DEEP, "u2"),
    "16-bit TIFF, big-endian": tiff(DEEP, "u2", order=">"),
    "16-bit TIFF, compressed": stored(of(RAMP, "u2", 65535), "TIFF", compression="tiff_lzw"),
    "16-bit TIFF, white is 0": tiff(65535 - DEEP, "u2", photometric=0),
    "8-bit TIFF, white is 0": tiff(255 - RAMP * 255, "u1", bits=8, photometric=0),
    "12-bit TIFF": tiff(twelve(RAMP).tobytes(), "", bits=12),
    "real TIFF": tiff(RAMP, "f4", bits=32, sample_format=3),
    "real TIFF, big-endian": tiff(RAMP, "f4", bits=32, sample_format=3, order=">"),
    "real TIFF, white is 0": tiff(1 - RAMP, "f4", bits=32, sample_format=3, photometric=0),
    "8-bit PGM": pnm("P5", RAMP, 255),
    "PGM up to 200": pnm("P5", RAMP, 200),
    "16-bit PGM": pnm("P5", RAMP, 65535),
    "12-bit PGM": pnm("P5", RAMP, 4095),
    "16-bit JPEG 2000": stored(of(RAMP, "u2", 65535), "JPEG2000"),
    "LA": stored(of(RAMP, "u1", 255).convert("LA"), "PNG"),
    "CMYK": stored(of(RAMP, "u1", 255).convert("CMYK"), "TIFF"),
    "YCbCr": stored(of(RAMP, "u1", 255).convert("RGB").convert("YCbCr"), "TIFF"),
    "JPEG": stored(of(RAMP, "u1", 255), "JPEG", quality=100),
    "CMYK JPEG": stored(of(RAMP, "u1", 255).convert("RGB").convert("CMYK"), "JPEG", quality=100),
    "palette": stored(of(RAMP, "u1", 255).convert("P"), "PNG"),
    "GIF": stored(of(RAMP, "u1", 255), "GIF"),
    "WebP": stored(of(RAMP, "u1", 255).convert("RGB"), "WEBP", lossless=True),
}


@pytest.mark.parametrize("kind", GREY)
def test_grey_of_every_kind_has_its_values(kind):
    found = decode(GREY[kind], SIDE, SIDE) / 255
    tolerance = 0.02 if "JPEG" in kind or kind == "YCbCr" else 0.006
    assert found.shape == (SIDE, SIDE, 3)
    assert np.abs(found - RAMP[..., None]).max() < tolerance


COLOURED = {
    "8 bits": stored(of(COLOURS, "u1", 255), "PNG"),
    "16-bit PNG": png(COLOURS, 16, 2),
    "16-bit PNG with alpha": png(np.concatenate([COLOURS, np.ones((SIDE, SIDE, 1))], -1), 16, 6),
    "16-bit PPM": pnm("P6", COLOURS, 65535),
    "RGBA": stored(of(COLOURS, "u1", 255).convert("RGBA"), "PNG"),
    "TIFF": stored(of(COLOURS, "u1", 255), "TIFF"),
    "BMP": stored(of(COLOURS, "u1", 255), "BMP"),
    "CMYK": stored(of(COLOURS, "u1", 255).convert("CMYK"), "TIFF"),
    "WebP": stored(of(COLOURS, "u1", 255), "WEBP", lossless=True),
}


@pytest.mark.parametrize("kind", COLOURED)
def test_colours_of_every_kind_have_their_values(kind):
    assert np.abs(decode(COLOURED[kind], SIDE, SIDE) / 255 - COLOURS).max() < 0.006


def test_one_bit():
    black_and_white = Image.fromarray(RAMP > 0.5)
    for format in ("PNG", "TIFF", "BMP"):
        assert (decode(stored(black_and_white, format), SIDE, SIDE) == (RAMP > 0.5)[..., None] * 255).all()


def transparent(mode, hidden):
    """The left half is grey and opaque, the right half of another colour and transparent."""
    halves = np.where(np.arange(SIDE) < SIDE // 2, 100, hidden) * np.ones((SIDE, 1))
    image = Image.fromarray(halves.astype("u1"))
    if mode in ("key", "palette"):
        image = image.convert("P") if mode == "palette" else image
        return stored(image, "PNG", transparency=image.getpixel((SIDE - 1, 0)))
    image = image.convert(mode)
    image.putalpha(Image.fromarray(np.where(halves == 100, 255, 0).astype("u1")))
    return stored(image, "TIFF" if mode == "L" else "PNG")


@pytest.mark.parametrize("hidden", [0, 77, 255])
@pytest.mark.parametrize("mode", ["RGB", "L", "key", "palette"])
def test_what_is_transparent_lies_on_white(mode, hidden):
    found = decode(transparent(mode, hidden), SIDE, SIDE)
    assert (found[:, : SIDE // 2] == 100).all()
    assert (found[:, SIDE // 2 :] == 255).all()


def test_a_transparent_value_of_16_bits():
    content = png(np.where(RAMP > 0.5, 0, 0.4), 16, 0)
    head, rest = content[:33], content[33:]
    key = b"tRNS\0\0"
    found = decode(head + struct.pack(">I", 2) + key + struct.pack(">I", zlib.crc32(key)) + rest, SIDE, SIDE)
    assert (found == np.where(RAMP > 0.5, 255, 102)[..., None]).all()


def test_half_transparent():
    image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 51))
    assert (decode(stored(image, "PNG"), SIDE, SIDE) == 204).all()


@pytest.mark.parametrize("format", ["GIF", "PNG", "TIFF", "WEBP"])
def test_the_first_of_several(format):
    first, second = (Image.new("RGB", (SIDE, SIDE), colour) for colour in ("red", "blue"))
    options = {"lossless": True} if format == "WEBP" else {}
    content = stored(first, format, save_all=True, append_images=[second], **options)
    assert np.abs(decode(content, SIDE, SIDE).astype(int) - (255, 0, 0)).max() <= 1


WITHOUT_A_RANGE = {
    "real, up to 255": tiff(RAMP * 255, "f4", bits=32, sample_format=3),
    "real, negative": tiff(RAMP - 0.5, "f4", bits=32, sample_format=3),
    "real, not a number": tiff(np.where(RAMP > 0.5, np.nan, RAMP), "f4", bits=32, sample_format=3),
    "32 bits": tiff(RAMP * (2**32 - 1), "u4", bits=32),
    "32 bits with a sign": tiff(DEEP, "i4", bits=32, sample_format=2),
    "16 bits with a sign": tiff(DEEP / 2, "i2", sample_format=2),
}


@pytest.mark.parametrize("kind", WITHOUT_A_RANGE)
def test_values_without_a_known_range_are_refused(kind):
    with pytest.raises(ValueError, match=r"range|between 0 and 1"):
        decode(WITHOUT_A_RANGE[kind], SIDE, SIDE)


PICTURE = Image.fromarray(RANDOM.integers(0, 256, (SIDE, 2 * SIDE, 3), dtype=np.uint8))
TURNED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a),
    0: lambda a: a,
    9: lambda a: a,
}


def jpeg(*entries):
    """A photograph with entries of EXIF: tag, type, count and the 4 bytes of each."""
    listed = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    return stored(PICTURE, "JPEG", exif=b"Exif\0\0II*\0" + struct.pack("<I", 8) + listed + bytes(4))


def orientation(value):
    return (0x0112, 3, 1, struct.pack("<HH", value, 0))


@pytest.mark.parametrize("value", TURNED)
def test_images_are_turned_upright(value):
    upright = TURNED[value](np.array(Image.open(io.BytesIO(stored(PICTURE, "JPEG")))))
    middle = (upright.shape[0] - SIDE) // 2, (upright.shape[1] - SIDE) // 2
    expected = upright[middle[0] : middle[0] + SIDE, middle[1] : middle[1] + SIDE]
    assert (decode(jpeg(orientation(value)), SIDE, SIDE) == expected).all()


ODD = {
    "resolution as text": (0x011A, 2, 3, b"72\0\0"),
    "unit of resolution as text": (0x0128, 2, 2, b"2\0\0\0"),
    "a pointer out of the file": (0x8769, 4, 1, b"\xff\xff\xff\x7f"),
    "a pointer as text": (0x8825, 2, 4, b"abc\0"),
    "a type that is none": (0x010F, 99, 1, bytes(4)),
    "a count beyond the end": (0x010E, 2, 2**31, b"\xff\xff\xff\x7f"),
    "a date of zero length": (0x0132, 2, 0, bytes(4)),
    "a fraction by 0": (0x9206, 5, 1, bytes(4)),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_entries_of_exif_do_not_matter(odd):
    expected = decode(jpeg(orientation(6)), SIDE, SIDE)
    assert (decode(jpeg(orientation(6), ODD[odd]), SIDE, SIDE) == expected).all()


@pytest.mark.parametrize(
    "entry",
    [(0x0112, 2, 2, b"6\0\0\0"), (0x0112, 5, 1, b"\xff" * 4), (0x0112, 7, 4, b"6666")],
)
def test_an_orientation_that_is_none_turns_nothing(entry):
    assert (decode(jpeg(entry), SIDE, SIDE) == decode(stored(PICTURE, "JPEG"), SIDE, SIDE)).all()


@pytest.mark.parametrize(
    "broken", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0garbage" * 9, b"Exif\0\0MM\0*"]
)
def test_broken_exif_does_not_matter(broken):
    expected = decode(stored(PICTURE, "JPEG"), SIDE, SIDE)
    assert (decode(stored(PICTURE, "JPEG", exif=broken), SIDE, SIDE) == expected).all()
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", "\nexif\n 3\nno hexadecimal digits")
    assert (
        decode(stored(PICTURE, "PNG", pnginfo=info), SIDE, SIDE) == decode(stored(PICTURE, "PNG"), SIDE, SIDE)
    ).all()


def test_nothing_is_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decode(stored(PICTURE, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff"), SIDE, SIDE)


def test_no_other_program_is_started():
    """Pillow would hand a file of this content, whatever its name, to Ghostscript."""
    with pytest.raises(OSError, match="cannot identify"):
        decode(stored(PICTURE, "EPS"), SIDE, SIDE)


@pytest.mark.parametrize(
    ("width", "height"), [(1, 9), (1, 9_000), (9_000, 1), (3, 7_000), (6_000, 2), (37, 700), (1000, 60), (640, 79)]
)
@pytest.mark.parametrize(("size", "shorter_side"), [(48, 48), (40, 56), (5, 5), (1, 1)])
def test_thin_images(width, height, size, shorter_side):
    values = RANDOM.integers(0, 256, (height, width, 3), dtype=np.uint8)
    content = stored(Image.fromarray(values), "BMP")
    found = decode(content, size, shorter_side)
    enlarged = [shorter_side * length // min(width, height) for length in (width, height)]
    left, top = (round((length - size) / 2) for length in enlarged)
    whole = Image.fromarray(values).resize(enlarged, Image.Resampling.BILINEAR)
    expected = np.array(whole.crop((left, top, left + size, top + size)))
    assert np.abs(found.astype(int) - expected).max() <= 2


@pytest.mark.parametrize("shape", [(1, 10_000), (1, 60_000), (60_000, 1), (2, 16_000)])
def test_thin_images_need_little_memory(shape):
    content = stored(Image.new("RGB", shape, "red"), "PNG")
    decode(content, 8, 8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (decode(content, 224, 256) == (255, 0, 0)).all()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_bomb_is_refused():
    huge = stored(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(huge) < 100_000
    with pytest.raises(Image.DecompressionBombError):
        decode(huge, SIDE, SIDE)
