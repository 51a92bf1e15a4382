"""Copy the models that benchmarks/table2.py trained on all sequences into the package, with their scores in the cards.

    python benchmarks/package_people.py runs/table2 [--rows vae vhp fm300 fm3000 tracklets]

Reads ROW-all/{model.onnx,model-card.md}, {held-out,adapted}{,-paper-preset}.json and retrieval.json of OUTPUT;
writes embedding/weights/NAME.{onnx,md}.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data.files.atomic import atomic_path
from flatsort.embedding.weights import WEIGHTS

# The packaged name of each row of the table, and the row's label.
NAMES = {
    "vae": ("vae", "VAE-SORT"),
    "vhp": ("vhp-vae", "VHP-VAE-SORT"),
    "fm300": ("fmvae", "VHP-FMVAE-SORT η 300"),
    "fm3000": ("fmvae-3000", "VHP-FMVAE-SORT η 3000"),
    "tracklets": ("fmvae-tracklets", "FMVAE-tracklets"),
    "deepsort": ("deepsort", "DeepSORT (ours)"),
}
LARGEST = 5_000_000  # bytes of a packaged network
EMPTY = "None yet. Add them by hand, with the command that prints them."
# The trackers, by the ending of the table's name.
TRACKERS = {"": "default", "-paper-preset": "`--preset paper`"}
TRACKING = ("IDs", "IDF1", "HOTA", "MOTA")
RETRIEVAL = ("far Rank-1", "far AUC", "near AUC")


def scores(label: str, results: dict[str, dict[str, Any]]) -> str:
    """The card's scores: tracking over the four sequences, then retrieval on each, as table2.py measured them."""
    lines = ["Measured by `python benchmarks/table2.py` (MOT16-11, PETS09-S2L1, TUD-Campus, KITTI-17). This file was"]
    lines += ["trained on all four (adapted); held out are the same settings without the tested sequence.", ""]
    lines += ["| trained | tracker | " + " | ".join(TRACKING) + " |", "| --- | --- |" + " ---: |" * len(TRACKING)]
    for scale in ("held-out", "adapted"):
        for ending, tracker in TRACKERS.items():
            row = results[f"{scale}{ending}"]["rows"].get(label)
            if row is not None:
                cells = [f"{row[column]:.4g}" for column in TRACKING]
                lines.append(f"| {scale} | {tracker} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| trained | sequence | " + " | ".join(RETRIEVAL) + " |",
        "| --- | --- |" + " ---: |" * len(RETRIEVAL),
    ]
    for scale in ("held-out", "adapted"):
        for sequence, values in results["retrieval"][scale].get(label, {}).items():
            cells = ["-" if values.get(column) is None else f"{values[column]:.3f}" for column in RETRIEVAL]
            lines.append(f"| {scale} | {sequence} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="the --output of benchmarks/table2.py")
    parser.add_argument("--rows", nargs="+", choices=list(NAMES), default=list(NAMES))
    options = parser.parse_args()
    output = options.output
    tables = [f"{scale}{ending}" for scale in ("held-out", "adapted") for ending in TRACKERS]
    results = {name: json.loads((output / f"{name}.json").read_text()) for name in (*tables, "retrieval")}
    for row in options.rows:
        name, label = NAMES[row]
        model = output / f"{row}-all"
        size = (model / "model.onnx").stat().st_size
        if size > LARGEST:
            raise SystemExit(f"{model / 'model.onnx'}: {size} bytes, at most {LARGEST} can be packaged")
        card = (model / "model-card.md").read_text(encoding="utf-8")
        if EMPTY not in card:
            raise SystemExit(f"{model / 'model-card.md'}: has no empty section for scores")
        with atomic_path(WEIGHTS / f"{name}.onnx") as temporary:
            shutil.copyfile(model / "model.onnx", temporary)
        with atomic_path(WEIGHTS / f"{name}.md") as temporary:
            temporary.write_text(card.replace(EMPTY, scores(label, results)), encoding="utf-8")
        print(f"{WEIGHTS / name}.onnx: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
