"""Identity switches as pictures: a person before, during and after, as the paper's Figure 10."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.opencv import import_cv2
from flatsort.tracker.drawing.draw import colour_of, draw_label
from flatsort.tracker.drawing.picture import FONT, INK, PAPER, Image, cut, write_picture

cv2 = import_cv2()

PANEL_WIDTH, PANEL_HEIGHT, GAP, MARGIN, HEADER, CAPTION = 360, 480, 12, 28, 60, 34
# A person fills this part of a panel's height: the rest shows who was in the way.
FILL = 0.55
# Panels stand up to this many frames before and after a switch: a third of a second, clear of the occlusion.
MARGIN_FRAMES = 10
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Switch:
    """A person's track changes its id: seen as `old_id` until frame `last`, as `new_id` from frame `first`."""

    person: int
    old_id: int
    new_id: int
    last: int
    first: int

    @property
    def file_name(self) -> str:
        return f"switch-{self.first:06d}-person-{self.person}.png"


@dataclass(frozen=True)
class Panel:
    title: str
    frame: int
    region: NDArray[np.float64]


def plan_panels(switch: Switch, person: BoxTable, tracks: BoxTable) -> list[Panel]:
    """Before, during and after a switch. person: the boxes of who switches; tracks: those that the switch is of."""
    moments = (
        ("before", _held(person, tracks, switch.old_id, switch.last, -1)),
        ("during", _between(person, switch.last, switch.first)),
        ("after", _held(person, tracks, switch.new_id, switch.first, +1)),
    )
    return [Panel(title, frame, _region(person, frame)) for title, frame in moments]


def _held(person: BoxTable, tracks: BoxTable, identity: int, frame: int, step: int) -> int:
    """The frame farthest from `frame`, up to ten away, to which the track and the person are there throughout."""
    there = np.intersect1d(tracks.frames[tracks.ids == identity], person.frames)
    frames = set(there.tolist())
    for _ in range(MARGIN_FRAMES):
        if frame + step not in frames:
            break
        frame += step
    return frame


def _between(person: BoxTable, last: int, first: int) -> int:
    """The frame nearest to the middle of the switch that has the person, or `first` where no frame lies between."""
    if first - last < 2:
        return first
    middle = (first + last) // 2
    between = person.frames[(person.frames > last) & (person.frames < first)]
    return int(between[np.argmin(np.abs(between - middle))]) if len(between) else middle


def _region(person: BoxTable, frame: int) -> NDArray[np.float64]:
    """What a panel shows: around the person's box in that frame, or the nearest frame that has one."""
    nearest = int(np.argmin(np.abs(person.frames - frame)))
    left, top, right, bottom = person.boxes[nearest]
    height = max((bottom - top) / FILL, (right - left) / FILL * PANEL_HEIGHT / PANEL_WIDTH)
    width = height * PANEL_WIDTH / PANEL_HEIGHT
    x, y = (left + right) / 2, (top + bottom) / 2
    return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def draw_panel(panel: Panel, image: Image, person: BoxTable, tracks: BoxTable, ours: Collection[int]) -> Image:
    """A panel's region with the tracks' boxes, those of `ours` on top and thick, and the person's dashed in white."""
    region = inside(panel.region, image)
    picture = cut(image, region, (PANEL_WIDTH, PANEL_HEIGHT), PAPER)
    scale = PANEL_HEIGHT / (region[3] - region[1])
    corner = np.tile(region[:2], 2)
    rows = person.rows_of(panel.frame)
    for left, top, right, bottom in np.round((person.boxes[rows] - corner) * scale).astype(int).tolist():
        draw_dashes(picture, (left, top), (right, bottom))
    rows = tracks.rows_of(panel.frame)
    ids = tracks.ids[rows].tolist()
    boxes = np.round((tracks.boxes[rows] - corner) * scale).astype(int).tolist()
    others_first = sorted(zip(ids, boxes, strict=True), key=lambda row: row[0] in ours)
    for identity, (left, top, right, bottom) in others_first:
        colour = colour_of(identity)
        if identity in ours:
            cv2.rectangle(picture, (left, top), (right, bottom), INK, 6)
        cv2.rectangle(picture, (left, top), (right, bottom), colour, 4 if identity in ours else 2)
        if right > 0 and bottom > 0 and left < PANEL_WIDTH and top < PANEL_HEIGHT:
            draw_label(picture, str(identity), (left, top), colour)
    return picture


class SwitchPicture:
    """Three panels around one person of the ground truth: before, during and after a switch.

    truth, tracks: the tables the switch was found in. `folder` receives `switch-FRAME-person-ID.png`.
    """

    def __init__(self, folder: str | PathLike[str], switch: Switch, truth: BoxTable, tracks: BoxTable) -> None:
        self.path = Path(folder) / switch.file_name
        self.switch = switch
        self._tracks = tracks
        self._person = truth[truth.ids == switch.person]
        self._panels = plan_panels(switch, self._person, tracks)
        self._images: dict[str, Image] = {}
        self.last_frame = self._panels[-1].frame

    def add(self, index: int, image: Image) -> None:
        ours = (self.switch.old_id, self.switch.new_id)
        for panel in self._panels:
            if panel.frame == index:
                self._images[panel.title] = draw_panel(panel, image, self._person, self._tracks, ours)

    def close(self) -> None:
        if len(self._images) == len(self._panels):
            write_picture(self.path, self._sheet())

    def _sheet(self) -> Image:
        width = 2 * MARGIN + 3 * PANEL_WIDTH + 2 * GAP
        sheet = np.full((HEADER + PANEL_HEIGHT + CAPTION + MARGIN // 2, width, 3), PAPER, np.uint8)
        switch = self.switch
        title = (
            f"Person {switch.person}: id {switch.old_id} until frame {switch.last}, {switch.new_id} from {switch.first}"
        )
        cv2.putText(sheet, title, (MARGIN, 40), FONT, 0.7, INK, 1, cv2.LINE_AA)
        for place, panel in enumerate(self._panels):
            x = MARGIN + place * (PANEL_WIDTH + GAP)
            sheet[HEADER : HEADER + PANEL_HEIGHT, x : x + PANEL_WIDTH] = self._images[panel.title]
            caption = f"{panel.title}: frame {panel.frame}"
            cv2.putText(sheet, caption, (x, HEADER + PANEL_HEIGHT + 23), FONT, 0.55, INK, 1, cv2.LINE_AA)
        return sheet


def inside(region: NDArray[np.float64], image: Image) -> NDArray[np.float64]:
    """The region moved into the picture, along each axis on which it fits."""
    moved = region.copy()
    for axis, size in ((0, image.shape[1]), (1, image.shape[0])):
        low, high = region[axis], region[axis + 2]
        if high - low <= size:
            moved[[axis, axis + 2]] += max(0.0, -low) - max(0.0, high - size)
    return moved


def draw_dashes(image: Image, start: tuple[int, int], end: tuple[int, int], dash: int = 7) -> None:
    """A dashed white rectangle, in place: the ground truth, told apart from the tracks' solid boxes."""
    left, top = start
    right, bottom = end
    for x in range(left, right, 2 * dash):
        for y in (top, bottom):
            cv2.line(image, (x, y), (min(x + dash, right), y), WHITE, 2, cv2.LINE_AA)
    for y in range(top, bottom, 2 * dash):
        for x in (left, right):
            cv2.line(image, (x, y), (x, min(y + dash, bottom)), WHITE, 2, cv2.LINE_AA)
