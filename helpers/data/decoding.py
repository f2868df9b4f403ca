"""One image from the bytes of a file: upright, in red, green and blue of 8 bits each, resized and cut to its middle."""

from __future__ import annotations

import io
import warnings
from math import ceil, floor

import numpy as np
from jaxtyping import UInt8
from PIL import ExifTags, Image, UnidentifiedImageError

from helpers.user_paths import shown

# Only formats that Pillow reads by itself: for an EPS file of any name it would start another program.
_FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "TIFF", "WEBP", "PPM", "AVIF", "JPEG2000")
# An image this many times longer than wide is cut before it is resized: a picture of 1 × 60,000 points is a small file,
# but resized whole it would take gigabytes.
_THIN = 8
_BITS, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # two entries of a TIFF file, and a value of the second
# What often takes the place of an image
_NO_IMAGES = {
    b"version https://git-lfs": "a pointer of Git LFS; git lfs pull fetches the image",
    b"<!DOCTYPE html": "a web page",
    b"<html": "a web page",
}
# What the values of EXIF's entry on orientation ask for
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(content: bytes, size: int, shorter_side: int) -> UInt8[np.ndarray, "height width 3"]:
    """An image, upright, resized with its shorter side to ``shorter_side`` pixels, and its middle of ``size`` pixels.

    Of an animation or of several pages it is the first. Raises whatever Pillow raises for a file that it cannot read,
    which may be any exception, and ValueError for values whose range is not known.
    """
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=_FORMATS) as file:
        file.load()
        image = _upright(_rgb(file), file)
    width, height = image.size
    # the longer side is cut to a whole number, as torchvision does
    enlarged = (shorter_side * width // min(width, height), shorter_side * height // min(width, height))
    left, top = (round((length - size) / 2) for length in enlarged)
    cut = (left, top, left + size, top + size)
    if max(width, height) > _THIN * min(width, height):
        return np.array(_part(image, enlarged, cut))
    return np.array(image.resize(enlarged, Image.Resampling.BILINEAR).crop(cut))


def fault(error: Exception, content: bytes) -> str:
    """Why an image cannot be read, in a few words, given the exception and what was read of the file."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, UnidentifiedImageError):
        known = (words for begin, words in _NO_IMAGES.items() if content.startswith(begin))
        return next(known, "no image of a known format") if content else "empty"
    if isinstance(error, Image.DecompressionBombError):
        return "too many pixels"
    if isinstance(error, MemoryError):
        return "too large for the memory"
    return shown(error) or type(error).__name__


def _part(image: Image.Image, enlarged: tuple[int, int], cut: tuple[int, int, int, int]) -> Image.Image:
    """What ``image.resize(enlarged).crop(cut)`` gives, up to rounding, without holding the whole enlarged image."""
    first, last, box = [], [], []
    for axis in (0, 1):
        scale = image.size[axis] / enlarged[axis]
        start, stop = cut[axis] * scale, cut[axis + 2] * scale
        margin = max(scale, 1) + 1  # as far as the filter of the resizing reaches
        first.append(max(0, floor(start - margin)))
        last.append(min(image.size[axis], ceil(stop + margin)))
        box.append((start - first[axis], stop - first[axis]))
    part = image.crop((first[0], first[1], last[0], last[1]))
    size = (cut[2] - cut[0], cut[3] - cut[1])
    return part.resize(size, Image.Resampling.BILINEAR, box=(box[0][0], box[1][0], box[0][1], box[1][1]))


def _upright(image: Image.Image, file: Image.Image) -> Image.Image:
    """The image as its camera was held. Only this entry of EXIF is read: any other may be broken."""
    try:
        orientation = file.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # EXIF that cannot be read at all: parsing it may raise anything
        return image
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _rgb(file: Image.Image) -> Image.Image:
    """Red, green and blue of any kind of image; what is transparent lies on white, as in a browser."""
    if file.mode in ("I", "F") or file.mode.startswith("I;16"):
        return Image.fromarray(_grey(file)).convert("RGB")
    if file.has_transparency_data:
        coloured = file if file.mode == "RGBA" else file.convert("RGBA")
        white = Image.new("RGB", file.size, "white")
        white.paste(coloured, mask=coloured.getchannel("A"))
        return white
    return file.convert("RGB")


def _grey(file: Image.Image) -> UInt8[np.ndarray, "height width"]:
    """Grey values of more than 8 bits, brought to 8; Pillow would cut them off at 255.

    Raises ValueError for numbers whose black and white nobody knows: of 32 bits, with a sign, or real ones that do not
    lie between 0 and 1.
    """
    entries = getattr(file, "tag_v2", {})  # of a TIFF file
    values = np.asarray(file)
    if file.mode == "F":
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError("real numbers that do not lie between 0 and 1")
        grey = np.rint(values * 255)
    elif file.mode == "I" and file.format != "PPM":
        raise ValueError("whole numbers whose range is not known")
    else:
        largest = 2 ** int(np.ravel(entries.get(_BITS, 16))[0]) - 1
        grey = (values.astype(np.uint32) * 255 + largest // 2) // largest
    if entries.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = 255 - grey
    if "transparency" in file.info:  # a value that is to be seen through
        grey = np.where(values == file.info["transparency"], 255, grey)
    return grey.astype(np.uint8)
