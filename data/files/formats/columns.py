"""What the columns of a table of boxes mean, by the names that common tools give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

from flatsort.data.errors import InputError

# Names without underscores, blanks and capitals; a column of an earlier group goes before those of a later one.
_FRAME = (
    ("frame", "frameid", "frameidx", "frameindex", "frameno", "framenumber", "framenum", "framenr"),
    ("imageid", "imgid"),
)
_IMAGE = (("image", "imagename", "imgname", "filename", "imagefile", "imagepath", "img"),)
_ID = (
    ("trackid", "trackerid", "track", "objectid", "objid", "objectnumber", "identity", "targetid", "personid"),
    ("id",),  # which is a row's number in some tables that name the track, too
)
_SCORE = (
    ("score", "confidence", "conf", "probability", "prob", "detscore", "detconf", "detectionscore"),
    ("detectionconfidence",),
)
_CLASS = ("class", "classid", "cls", "clsid", "category", "categoryid", "label", "labelid", "classindex")
_CLASS_NAME = ("classname", "categoryname", "labelname", "name")
_CENTRES = (
    *(("cx", "cy"), ("xc", "yc"), ("xcenter", "ycenter"), ("xcentre", "ycentre")),
    *(("centerx", "centery"), ("centrex", "centrey")),
)
_EDGES = {
    "xyxy": (
        ("x1", "y1", "x2", "y2"),
        ("xmin", "ymin", "xmax", "ymax"),
        ("left", "top", "right", "bottom"),
        ("x0", "y0", "x1", "y1"),
        ("xtl", "ytl", "xbr", "ybr"),
        ("startx", "starty", "endx", "endy"),
    ),
    "ltwh": tuple(
        (*corner, *sides)
        for corner in (("left", "top"), ("x1", "y1"), ("xmin", "ymin"), ("xleft", "ytop"), ("l", "t"))
        for sides in (("width", "height"), ("w", "h"))
    ),
    "cxcywh": tuple((*centre, *sides) for centre in _CENTRES for sides in (("width", "height"), ("w", "h"))),
}
# A corner for some tools and the centre for others.
_UNSURE = (("x", "y", "width", "height"), ("x", "y", "w", "h"))
_PREFIX = re.compile(r"^(?:bbox|bb|box)(?=.)")


@dataclass(frozen=True)
class Columns:
    """Where a table holds what; numbers of columns, None for what it lacks.

    frame: its number, or, where `by_name`, the name of its image. box: four columns in `layout`. classes: columns of
    class numbers or names.
    """

    frame: int
    by_name: bool
    identity: int | None
    box: tuple[int, int, int, int]
    layout: str
    score: int | None
    classes: tuple[int, ...]

    @property
    def used(self) -> list[int]:
        """All columns that are read."""
        alone = [column for column in (self.identity, self.score) if column is not None]
        return sorted({self.frame, *alone, *self.box, *self.classes})


def is_header(line: str) -> bool:
    """Whether a line holds names alone, at least two of them, and one is that of a column of boxes."""
    fields = [_plain(field) for field in re.split(r"[,;\t]|\s+", line.strip()) if field.strip()]
    known = {name for quadruple in (*sum(_EDGES.values(), ()), *_UNSURE) for name in quadruple}
    known |= {name for group in (*_FRAME, *_IMAGE) for name in group}
    return len(fields) >= 2 and not any(re.match(r"[-+.]?[0-9]", field) for field in fields) and bool(known & {*fields})


def find_columns(
    source: str | PathLike[str], header: Sequence[str], kind: str, layout: str | None = None, row: int | None = None
) -> Columns:
    """What each column of a table means.

    kind: the format's name, for messages. layout: of the boxes where the names do not say it, or say several.
    row: the row of the header, where it has one.

    Raises InputError where there is none for the frame or the box, two mean the same, or the box may be either of two
    things.
    """
    names = [_plain(name) for name in header]

    def one(groups: tuple[tuple[str, ...], ...], what: str) -> int | None:
        for group in groups:
            found = [place for place, name in enumerate(names) if name in group or _bare(name) in group]
            if len(found) > 1:
                both = " and ".join(header[place] for place in found[:2])
                raise InputError(source, row, f"has two columns for the {what}: {both}", "leave one of them out")
            if found:
                return found[0]
        return None

    frame, by_name = one(_FRAME, "frame"), False
    if frame is None:
        frame, by_name = one(_IMAGE, "frame"), True
    shown = ", ".join(header[:12]) + (", ..." if len(header) > 12 else "")
    if frame is None:
        raise InputError(source, row, f"has no column for the frame among {shown}", "name it frame")
    box, layout = _box_columns(source, names, kind, layout, row, shown)
    classes = tuple(place for place, name in enumerate(names) if name in (*_CLASS, *_CLASS_NAME))
    return Columns(frame, by_name, one(_ID, "id"), box, layout, one(_SCORE, "score"), classes)


def _box_columns(
    source: str | PathLike[str], names: list[str], kind: str, layout: str | None, row: int | None, shown: str
) -> tuple[tuple[int, int, int, int], str]:
    place_of = {_bare(name): place for place, name in reversed([*enumerate(names)])}

    def place(quadruple: tuple[str, ...]) -> tuple[int, int, int, int] | None:
        if not all(name in place_of for name in quadruple):
            return None
        first, second, third, fourth = (place_of[name] for name in quadruple)
        return first, second, third, fourth

    for known, quadruples in _EDGES.items():
        if layout in (None, known):
            for quadruple in quadruples:
                found = place(quadruple)
                if found is not None:
                    return found, known
    for quadruple in _UNSURE:
        found = place(quadruple)
        if found is not None and layout in ("ltwh", "cxcywh"):
            return found, layout
        if found is not None and layout is None:
            problem = f"columns {quadruple[0]}, {quadruple[1]} may be the box's corner or its centre"
            cure = f"say --detections-format {kind},box=ltwh or {kind},box=cxcywh"
            raise InputError(source, row, problem, cure)
    what = "the box" if layout is None else f"a box in {layout}"
    cure = "name them left, top, width, height or x1, y1, x2, y2"
    raise InputError(source, row, f"has no four columns for {what} among {shown}", cure)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _bare(name: str) -> str:
    """`bb_left`, `bbox_left` as `left`."""
    return _PREFIX.sub("", name)
