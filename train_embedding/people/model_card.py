"""The model card: what a descriptor was trained on, how, and what its training measured."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flatsort.data.files.atomic import atomic_path
from flatsort.embedding.gate import Gate
from flatsort.train_embedding.loop.loop import Result
from flatsort.train_embedding.people.request import People

CARD_FILE = "model-card.md"
_METHODS = {
    "vae": "A variational autoencoder with a standard normal prior.",
    "vhp-vae": "A variational autoencoder with a hierarchical prior (Klushyn et al., NeurIPS 2019).",
    "fmvae": "A variational autoencoder with a hierarchical prior and a flat latent manifold (Chen et al., ICML 2020).",
    "fmvae-tracklets": "A variational autoencoder with a hierarchical prior and a flat latent manifold (Chen et al., "
    "ICML 2020), and with tracklets mined from the detections as a signal of identity.",
    "people": "An encoder that tells people apart whom it has never seen, trained on tracklets of one camera each "
    "and on pseudo-identities across cameras (`train_embedding.loop.people`).",
    "people with labels": "An encoder that tells people apart whom it has never seen, trained on tracklets of one "
    "camera each and on who they are (`train_embedding.people.labelled_run`).",
    "deepsort": "DeepSORT's network (Wojke et al., ICIP 2017), trained on labelled identities with a cosine softmax.",
}


@dataclass(frozen=True)
class Training:
    """A network whose training has ended: how, of what, and what it measured; the model card says so.

    result: how it ended.
    summary: the same in one line.
    crops, frames: what it saw, held-out ones included; for `people` tracklets in place of frames.
    settings: as JSON values.
    measured: what the training itself measured, `{what: value}`, in the order of the card.
    picture: writes a picture of what it learnt into a folder, and returns its name; None where there is none.
    gate: where it comes from the crops trained on; None where the sources' detections are to give it.
    """

    result: Result
    summary: str
    crops: int
    frames: int
    settings: dict[str, Any]
    measured: dict[str, str]
    picture: Callable[[Path], str] | None = None
    gate: Gate | None = None


def write_card(
    path: Path, request: People, training: Training, gate: Gate, onnx: Path, measured: dict[str, str]
) -> None:
    """Write the card as Markdown, with what was `measured` besides. Raises InputError where it cannot be."""
    labels = "Identity labels were read." if request.supervised else "No identity label was read."
    rows = "\n".join(f"| {name} | {value} |" for name, value in measured.items())
    seen = "tracklets" if request.method == "people" else "frames"
    origin = gate.origin
    found_by = "" if request.found_by is None else f" Detections by {request.found_by}."
    pairs = f"{origin['same_pairs']:,} pairs of one person and {origin['different_pairs']:,} of different people"
    use = shlex.join(["flatsort", "track", "SOURCE", "--descriptor", onnx.name, "--output", "tracks"])
    method = "people with labels" if request.method == "people" and request.supervised else request.method
    text = f"""# {method}

{_METHODS[method]} {labels}

- Data: {", ".join(origin["sources"])}: {training.crops:,} crops of {training.frames:,} {seen}.{found_by}
- Licence of the data: {request.licence}.
- Made by: `{request.command}` (seed {request.seed}).
- Gate: {gate.distance} distance {gate.value:.4g}, from detections without labels: equal error rate
  {100 * origin["error"]:.1f} % over {pairs}.
- File: {onnx.name}, {onnx.stat().st_size / 1e6:.1f} MB, 16-bit weights.
- Use: `{use}`

| measured in training | value |
|---|---|
{rows}

## Scores

None yet. Add them by hand, with the command that prints them.

## Settings

```json
{json.dumps(training.settings, indent=1)}
```
"""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
