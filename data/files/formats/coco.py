"""COCO's JSON (Lin et al. 2014): a list of results, or a file of annotations with images and categories."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.classes import class_name
from flatsort.data.errors import InputError
from flatsort.data.files.formats.frame_names import FrameNames
from flatsort.data.files.formats.rows import BoxRows
from flatsort.data.files.text_file import read_text_bytes

_CURE = "write COCO's results or annotations: image_id, category_id, bbox [left, top, width, height], score"
_IDENTITIES = ("track_id", "instance_id")  # ours and most others', CocoVID's


def read_coco(
    path: str | PathLike[str], content: bytes, frames: FrameNames, images: str | PathLike[str] | None = None
) -> BoxRows:
    """Read boxes; a frame is an image.

    content: of the file, as `read_text_bytes` gives it. frames: from names of images to frames.
    images: a file of annotations whose `images` and `categories` the results refer to.

    Where there are `images`, they say which frame each is: by `frame_id`, else by `file_name`, else by their ids. Where
    there are none, `image_id` is the frame's number or the name of its image.
    Raises InputError for what is no such file, and naming the first entry that lacks something or has it wrong.
    """
    found = _parsed(path, content)
    if isinstance(found, list):
        entries, within, about = found, "", {}
    elif isinstance(found, dict) and isinstance(found.get("annotations"), list):
        entries, within, about = found["annotations"], "annotations", found
    else:
        raise InputError(path, None, "has no list `annotations`, and is no list of results", _CURE)
    refers_to: str | PathLike[str] = path
    if images is not None:
        refers_to, about = images, _parsed(images, read_text_bytes(images))
        if not isinstance(about, dict) or not isinstance(about.get("images"), list):
            raise InputError(images, None, "has no list `images`", "name a file of COCO annotations")
    values = np.empty((len(entries), 8))
    for place, entry in enumerate(entries):
        try:
            values[place, 1:] = _numbers(entry)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise InputError(path, None, f"{within}[{place}] has no bbox of four numbers", _CURE) from None
    names = _categories(refers_to, about.get("categories"))
    if names is None:
        values[:, 7] = -1
    rows = BoxRows(path, values, np.arange(len(entries)), within, names=names or {})
    numbers = values[:, 1:]
    rows.refuse(
        np.isnan(numbers.sum(axis=1)) | np.isinf(numbers).any(axis=1),
        "holds NaN or an infinite number",
        "write plain numbers",
    )
    values[:, 0] = _frames(rows, [entry.get("image_id") for entry in entries], about.get("images"), refers_to, frames)
    return rows


def _parsed(path: str | PathLike[str], content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(path, None, f"is no JSON ({type(error).__name__}{where})", "write it again") from None


def _numbers(entry: Mapping[str, Any]) -> list[float]:
    """Id, left, top, width, height, score and class of an entry. Raises TypeError and the like for another."""
    identity = next((entry[name] for name in _IDENTITIES if entry.get(name) is not None), -1)
    score, number = entry.get("score"), entry.get("category_id")
    numbers = [identity, *entry["bbox"], 1 if score is None else score, -1 if number is None else number]
    if len(numbers) != 7 or any(isinstance(one, bool) or not isinstance(one, int | float) for one in numbers):
        raise TypeError
    return numbers


def _frames(
    rows: BoxRows, ids: Sequence[Any], images: Any, refers_to: str | PathLike[str], frames: FrameNames
) -> NDArray[np.float64]:
    """(n,) the frame of each entry, from its `image_id`."""
    if isinstance(images, list):
        frame_of = _frames_of_images(images, refers_to, frames)
        for place, one in enumerate(ids):
            if not isinstance(one, int | str) or one not in frame_of:
                raise rows.error(place, f"has image_id {one!a:.40}, which `images` lacks", "add it, or correct the id")
        return np.array([frame_of[one] for one in ids], np.float64)
    if all(isinstance(one, str) for one in ids):
        return frames.of_names(rows.source, ids, rows.error)
    return frames.counted(rows.source, _whole(ids, rows.error))


def _frames_of_images(images: list[Any], path: str | PathLike[str], frames: FrameNames) -> dict[int | str, float]:
    def error(place: int, problem: str, cure: str) -> InputError:
        return InputError(path, None, f"images[{place}] {problem}", cure)

    for place, image in enumerate(images):
        if not isinstance(image, dict) or not isinstance(image.get("id"), int | str) or isinstance(image["id"], bool):
            raise error(place, "has no id", "give it a number")
        if image.get("video_id") != images[0].get("video_id"):
            raise error(place, f"is of another video than images[0] ({image.get('video_id')!a:.40})", "split the file")

    def column(name: str, kind: type) -> list[Any] | None:
        found = [image.get(name) for image in images]
        return found if found and all(isinstance(one, kind) for one in found) else None

    ids = [image["id"] for image in images]
    numbers, names = column("frame_id", int), column("file_name", str)
    if numbers is not None:
        found = frames.counted(path, _whole(numbers, error))
    elif names is not None or all(isinstance(one, str) for one in ids):
        found = frames.of_names(path, names if names is not None else ids, error)
    else:
        found = frames.counted(path, _whole(ids, error))
    place_of: dict[float, int] = {}
    for place, frame in enumerate(found.tolist()):
        if place_of.setdefault(frame, place) != place:
            problem = f"and images[{place_of[frame]}] are both frame {frame:.0f}"
            raise error(place, problem, "keep the images of one sequence, each once")
    return dict(zip(ids, found.tolist(), strict=True))


def _whole(values: Sequence[Any], error: Any) -> NDArray[np.float64]:
    for place, one in enumerate(values):
        if isinstance(one, bool) or not isinstance(one, int | float) or not abs(one) < 1e15:
            raise error(place, f"has {one!a:.40} where the number of an image is needed", "give every image a number")
    return np.array(values, np.float64)


def _categories(path: str | PathLike[str], found: object) -> dict[int, str] | None:
    """The names of the classes, without those that stand for none; None where the one category says nothing.

    A file that says nothing of its categories has classes, too: they have no names.
    """
    if not isinstance(found, list):
        return {}
    names: dict[int, str] = {}
    for place, category in enumerate(found):
        try:
            number, name = category["id"], category["name"]
        except (KeyError, TypeError):
            number, name = None, None
        if type(number) is not int or not isinstance(name, str):
            raise InputError(path, None, f"categories[{place}] has no id or name", "give it a number and a name")
        names[number] = name
    if len(found) == 1 and "supercategory" not in found[0]:
        return None  # as tracks without classes are written
    return {number: name for number, name in names.items() if name != class_name(number, {})}
