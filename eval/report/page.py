"""One self-contained page: the annotated video, a timeline that seeks it, a card for each identity, the scores."""

from __future__ import annotations

import base64
import html
import json
import mimetypes
import tempfile
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
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.eval.scores.switches import distractors_of, identity_switches
from flatsort.tracker.drawing.draw import colour_of
from flatsort.tracker.drawing.render import FRAME_RATE, Drawing, picture_size, render
from flatsort.tracker.drawing.switch_pictures import Switch, SwitchPicture

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
    settings: Mapping[str, str] | None = None,
    pictures: Mapping[str, bytes] | None = None,
    watch: Bar = iter,
) -> dict[str, float] | None:
    """Write the report of a sequence's tracks.

    truth: ground truth, for scores and pictures of the identity switches.
    settings: what made the tracks, shown at the end.
    pictures: more PNG pictures by caption, such as a map of embeddings.
    watch: sees the frames pass by, for a progress bar.

    Returns the scores, None without truth. Raises InputError where the sequence cannot be read or the page not written.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(path, None, "is not the name of a page", "end it in .html")
    length = sequence.length or max(tracks.last_frame, 1)
    size = picture_size(sequence, tracks)
    people = identities_of(tracks, sequence.size, MOMENTS)
    switches = [] if truth is None else identity_switches(truth, tracks, length, distractors_of(sequence.name))
    scores = None if truth is None else score_sequence(truth, tracks, length)
    with tempfile.TemporaryDirectory(prefix="flatsort-report-") as folder:
        video = SmallVideo(Path(folder, "video.mp4"), tracks, size, sequence.frame_rate, sequence.length, VIDEO_WIDTH)
        crops = Crops(tracks, people)
        drawings: list[Drawing] = [video, crops]
        if truth is not None:
            drawings += [SwitchPicture(Path(folder), switch, truth, tracks) for switch in switches[:MOST_SWITCHES]]
        render(sequence, tracks, drawings, watch)
        shown = {
            _caption(switch): (switch.first, _data_uri(picture.path.read_bytes(), picture.path.name))
            for switch, picture in zip(switches, drawings[2:], strict=False)
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
            "scores": None if scores is None else {name: _score(name, scores[name]) for name in SCORES},
            "pictures": {caption: _data_uri(png, "picture.png") for caption, png in (pictures or {}).items()},
            "settings": dict(settings or {}),
            "version": flatsort.__version__,
        }
    page = _template().render(context, data=json.dumps(_script_data(context)).replace("</", "<\\/"))
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return scores


def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("flatsort.eval.report", "")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "report.html.j2"
    )


def _caption(switch: Switch) -> str:
    """A switch in words."""
    before, after = f"id {switch.old_id} in frame {switch.last}", f"id {switch.new_id} in frame {switch.first}"
    return f"person {switch.person}: {before}, {after}"


def _card(one: Identity, crops: Crops) -> dict[str, Any]:
    blue, green, red = colour_of(one.number)
    card = crops.cards.get(one.number)
    return {
        "id": one.number,
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


def _score(name: str, value: float) -> str:
    return f"{value:.0f}" if name in ("IDs", "FP", "FN", "FM") else f"{value:.1f}"


def _data_uri(content: bytes, name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"data:{html.escape(kind)};base64,{base64.b64encode(content).decode('ascii')}"
