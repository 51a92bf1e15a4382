"""An identity switch as several trackers saw it: one row of panels for each, as the paper's Figure 10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.data.opencv import import_cv2
from flatsort.tracker.drawing.picture import FONT, INK, PAPER, Image, write_picture
from flatsort.tracker.drawing.switch_pictures import (
    CAPTION,
    GAP,
    HEADER,
    MARGIN,
    PANEL_HEIGHT,
    PANEL_WIDTH,
    Switch,
    draw_panel,
    plan_panels,
)

cv2 = import_cv2()

LABEL = 34  # pixels above a row, for its label


@dataclass(frozen=True)
class TrackedRow:
    """One tracker: its label, its tracks, and which of them follows whom, `{(frame, person): id}`."""

    label: str
    tracks: BoxTable
    held: Mapping[tuple[int, int], int]


class SwitchRows:
    """Three panels a tracker around one person of the ground truth: before, during and after a switch of the first.

    truth: the table the switch was found in. rows: the trackers; the switch is of the first, and its panels' frames are
    everyone's. `folder` receives `switch-FRAME-person-ID.png`.
    """

    def __init__(
        self, folder: str | PathLike[str], switch: Switch, truth: BoxTable, rows: Sequence[TrackedRow]
    ) -> None:
        self.path = Path(folder) / switch.file_name
        self.switch = switch
        self._rows = rows
        self._person = truth[truth.ids == switch.person]
        self._panels = plan_panels(switch, self._person, rows[0].tracks)
        self._images: dict[tuple[int, str], Image] = {}
        self.last_frame = self._panels[-1].frame

    def add(self, index: int, image: Image) -> None:
        for panel in self._panels:
            if panel.frame == index:
                for place, row in enumerate(self._rows):
                    ours = [identity for identity in self.ids(row) if identity is not None]
                    self._images[place, panel.title] = draw_panel(panel, image, self._person, row.tracks, ours)

    def ids(self, row: TrackedRow) -> list[int | None]:
        """The id that the person has with a tracker in each panel, None where no track follows it."""
        return [row.held.get((panel.frame, self.switch.person)) for panel in self._panels]

    def close(self) -> None:
        if len(self._images) == len(self._panels) * len(self._rows):
            write_picture(self.path, self._sheet())

    def _sheet(self) -> Image:
        width = 2 * MARGIN + 3 * PANEL_WIDTH + 2 * GAP
        height = HEADER + len(self._rows) * (LABEL + PANEL_HEIGHT) + CAPTION + MARGIN // 2
        sheet = np.full((height, width, 3), PAPER, np.uint8)
        switch = self.switch
        title = (
            f"Person {switch.person}, which {self._rows[0].label} loses between frames {switch.last} and {switch.first}"
        )
        cv2.putText(sheet, title, (MARGIN, 40), FONT, 0.7, INK, 1, cv2.LINE_AA)
        top = HEADER
        for place, row in enumerate(self._rows):
            line = f"{row.label}: {describe_ids(self.ids(row))}"
            cv2.putText(sheet, line, (MARGIN, top + LABEL - 11), FONT, 0.55, INK, 1, cv2.LINE_AA)
            top += LABEL
            for column, panel in enumerate(self._panels):
                x = MARGIN + column * (PANEL_WIDTH + GAP)
                sheet[top : top + PANEL_HEIGHT, x : x + PANEL_WIDTH] = self._images[place, panel.title]
            top += PANEL_HEIGHT
        for column, panel in enumerate(self._panels):
            x = MARGIN + column * (PANEL_WIDTH + GAP)
            caption = f"{panel.title}: frame {panel.frame}"
            cv2.putText(sheet, caption, (x, top + 23), FONT, 0.55, INK, 1, cv2.LINE_AA)
        return sheet


def describe_ids(ids: Sequence[int | None]) -> str:
    """What became of a person's id, in words; ids: before, during and after, None where no track follows the person."""
    before, after = ids[0], ids[-1]
    if before is not None and before == after:
        return f"id {before} before and after"
    return ", ".join(
        f"no id {when}" if identity is None else f"id {identity} {when}"
        for when, identity in (("before", before), ("after", after))
    )
