"""What a file may ask for: sizes are checked where its header states them, before memory is taken."""

from __future__ import annotations

from os import PathLike

from flatsort.data.errors import InputError

# Four days at 30 frames a second. A higher number is a column misplaced, and would make a sequence without end.
LAST_FRAME = 10_000_000
# 8192 x 8192, two pictures of 8K: 201 MB as bytes, and a few copies of it still fit a small machine.
MOST_PIXELS = 2**26
# Of compressed text and of numbers in compressed archives; unpacked files may be of any size.
MOST_UNPACKED = 64 * 2**20
# Of compressed tables: 640 MB as numbers.
MOST_PACKED_ROWS = 10_000_000
# More than twice the people in the fullest gigapixel pictures. Boxes of one frame are compared in pairs, so that more
# of them, which a column misplaced gives, would fill the memory.
MOST_IN_A_FRAME = 10_000
# No camera's picture is a tenth as wide; what a tracker predicts from such boxes is still far from overflow.
FARTHEST_DETECTION = 1e7
# Of boxes that a tracker may have moved on.
FARTHEST_BOX = 1e12


def check_picture_size(source: str | PathLike[str], width: int, height: int, what: str = "its picture is") -> None:
    """Raise InputError where a picture of this size would not fit a small machine's memory."""
    if width * height > MOST_PIXELS:
        problem = f"{what} {width}x{height} pixels, more than {MOST_PIXELS / 1e6:.0f} million"
        raise InputError(source, None, problem, "correct the size, or scale the pictures down")


# Frames a second of the fastest cameras; more is a time base read as a rate.
FASTEST_RATE = 1e6
