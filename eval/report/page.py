"""One self-contained page: the annotated video, a timeline that seeks it, a card for each identity, the scores."""

from __future__ import annotations

import base64
import html
import json
import mimetypes
import tempfile
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

import flatsort
from flatsort.data import BoxTable, InputError, Sequence
from flatsort.data.files.atomic import atomic_path
from flatsort.data.progress import Bar
from flatsort.eval.report.identities import Identity, identities_of, people_over_time
from flatsort.eval.report.pictures import Crops, SmallVideo
from flatsort.eval.report.scored import Scored, SwitchOf, score_tracks
from flatsort.eval.tables.scores_table import OVERALL
from flatsort.tracker.drawing.draw import colour_of
from flatsort.tracker.drawing.render import Drawing, picture_size, render
from flatsort.tracker.drawing.switch_pictures import SwitchPicture
from flatsort.tracker.drawing.video import FRAME_RATE

VIDEO_WIDTH = 960  # pixels: the page holds the video, and should open at once
MOMENTS = 10
MOST_SWITCHES = 40  # pictures; the page says how many there are in all
SCORES = ("HOTA", "MOTA", "IDF1", "AssA", "DetA", "IDs", "FP", "FN", "FM", "Rcll", "Prcn")


def write_report(
    sequence: Sequence,
    tracks: BoxTable,
    path: str | PathLike[str],
    *,
    truth: BoxTable | None = None,
    classes: str | None = None,
    settings: Mapping[str, str] | None = None,
    pictures: Mapping[str, bytes] | None = None,
    watch: Bar = iter,
) -> dict[str, float] | None:
    """Write the report of a sequence's tracks.

    truth: ground truth, for scores and pictures of the identity switches.
    classes: of the ground truth to score, each by itself, as of `score_tracks`; None: people alone.
    settings: what made the tracks, shown at the end.
    pictures: more PNG pictures by caption, such as a map of embeddings.
    watch: sees the frames pass by, for a progress bar.

    Returns the overall scores, None without truth. Raises InputError where the sequence cannot be read or the page not
    written, and as `score_tracks`.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(path, None, "is not the name of a page", "end it in .html")
    length = sequence.length or max(tracks.last_frame, 1)
    size = picture_size(sequence, tracks)
    people = identities_of(tracks, sequence.size, MOMENTS)
    scored = None if truth is None else score_tracks(truth, tracks, length, sequence.name, classes)
    switches = [] if scored is None else scored.switches
    with tempfile.TemporaryDirectory(prefix="flatsort-report-") as folder:
        video = SmallVideo(Path(folder, "video.mp4"), tracks, size, sequence.frame_rate, sequence.length, VIDEO_WIDTH)
        crops = Crops(tracks, people)
        drawings: list[Drawing] = [video, crops]
        for place, one in enumerate(switches[:MOST_SWITCHES]):
            # A folder each: objects of two classes may share an id, and so the name of the picture.
            drawings.append(SwitchPicture(Path(folder, str(place)), one.switch, one.truth, one.tracks))
        render(sequence, tracks, drawings, watch)
        shown = {
            _caption(one): (one.switch.first, _data_uri(picture.path.read_bytes(), picture.path.name))
            for one, picture in zip(switches, drawings[2:], strict=False)
            if picture.path.is_file()
        }
        film = next((file for file in Path(folder).glob("video.*")), None)
        context: dict[str, Any] = {
            "name": sequence.name,
            "source": str(sequence.source),
            "video": None if film is None else _data_uri(film.read_bytes(), film.name),
            "video_size": video.size,
            "rate": sequence.frame_rate or FRAME_RATE,
            "length": length,
            "identities": [_card(one, crops) for one in people],
            "people": _steps(people_over_time(tracks, length)),
            "most": int(people_over_time(tracks, length).max(initial=0)),
            "switches": shown,
            "switch_count": len(switches),
            "kinds": Counter(one.kind for one in people if one.kind),
            "scored": None if scored is None else scored.what,
            "scores": None if scored is None else _row(scored.overall),
            "columns": SCORES,
            "score_rows": {} if scored is None else _rows(scored),
            "pictures": {caption: _data_uri(png, "picture.png") for caption, png in (pictures or {}).items()},
            "settings": dict(settings or {}),
            "version": flatsort.__version__,
        }
    page = _template().render(context, data=json.dumps(_script_data(context)).replace("</", "<\\/"))
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return None if scored is None else scored.overall


def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("flatsort.eval.report", "")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "report.html.j2"
    )


def _caption(one: SwitchOf) -> str:
    """A switch in words."""
    switch = one.switch
    before, after = f"id {switch.old_id} in frame {switch.last}", f"id {switch.new_id} in frame {switch.first}"
    return f"{one.kind} {switch.person}: {before}, {after}"


def _card(one: Identity, crops: Crops) -> dict[str, Any]:
    blue, green, red = colour_of(one.number)
    card = crops.cards.get(one.number)
    return {
        "id": one.number,
        "kind": one.kind,
        "colour": f"#{red:02x}{green:02x}{blue:02x}",
        "spans": one.spans,
        "first": one.first,
        "last": one.last,
        "frames": one.frames,
        "gaps": one.gaps,
        "card": None if card is None else _data_uri(card, "card.jpg"),
        "strip": [(frame, _data_uri(crop, "crop.jpg")) for frame, crop in crops.strips[one.number]],
    }


def _script_data(context: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's script needs: the frame rate, and when each identity is there."""
    rows = [{key: one[key] for key in ("id", "colour", "spans", "first")} for one in context["identities"]]
    return {"rate": context["rate"], "length": context["length"], "identities": rows}


def _steps(counts: NDArray[np.int64]) -> str:
    """The count over time as the points of an SVG line in a box of 1000 x 100."""
    top = max(1, int(counts.max(initial=0)))
    stride = max(1, len(counts) // 1000)
    kept = counts[::stride]
    points = [
        f"{1000 * place / max(1, len(kept) - 1):.1f},{100 - 96 * value / top:.1f}" for place, value in enumerate(kept)
    ]
    return " ".join(points)


def _rows(scored: Scored) -> dict[str, dict[str, str]]:
    """The rows of the table of scores by their names; the only one has none."""
    if len(scored.classes) < 2:
        return {label: _row(scored.overall) for label in scored.classes or [""]}
    return {label: _row(row) for label, row in {**scored.classes, OVERALL: scored.overall}.items()}


def _row(scores: Mapping[str, float]) -> dict[str, str]:
    return {name: _score(name, scores[name]) for name in SCORES}


def _score(name: str, value: float) -> str:
    return f"{value:.0f}" if name in ("IDs", "FP", "FN", "FM") else f"{value:.1f}"


def _data_uri(content: bytes, name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"data:{html.escape(kind)};base64,{base64.b64encode(content).decode('ascii')}"
