"""Store a trained run as packaged weights: 16-bit tensors, metadata that says everything, and a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flatsort.embedding.networks.vae import load_model, save_model
from flatsort.embedding.weights.checkpoint import WEIGHTS, read_checkpoint
from flatsort.eval.geometry.latent_view import open_view
from flatsort.eval.geometry.report import geometry_report

DATA = {
    "pendulum": "15,000 images of 16×16 pixels, drawn by data/pendulum.py with noise of 0.05 (seed 0).",
    "motion": "CMU Graphics Lab motion capture, subjects 35 (walking, jogging) and 49 (balancing), 50 joint angles in "
    "radians at 30 Hz. mocap.cs.cmu.edu, created with funding from NSF EIA-0196217; free for all uses but resale.",
    "mnist": "MNIST (LeCun, Cortes, Burges), binarised once with seed 0; 50,000 training images.",
}
LICENCE = "MIT, as the program. The data are not included."


def write_packaged(run: Path, dataset: str, method: str) -> Path:
    """Write `<dataset>-<method>.safetensors` and its card `.md`; the scores are measured on what was written."""
    path = WEIGHTS / f"{dataset}-{method}.safetensors"
    training: dict[str, Any] = dict(read_checkpoint(run / "model.safetensors").metadata["training"])
    training |= json.loads((run / "run.json").read_text()) | {"data": DATA[dataset], "licence": LICENCE}
    model = load_model(run / "model.safetensors")
    save_model(path, model, training=training, half=True)
    report = geometry_report(open_view(str(path)))
    scores = {
        "condition_number_mixed": round(report["mixed"]["condition_number"], 4),
        "condition_number_data": round(report["data"]["condition_number"], 4),
        "n_rdm_minus_1_mixed": round(report["mixed"]["n_rdm_minus_1"], 5),
        "reconstruction_error": round(report["reconstruction_error"], 6),
        "observation_ratio": round(report["length_ratios"]["observation"]["mean"], 4),
        "latent_ratio": round(report["length_ratios"]["latent"]["mean"], 4),
    }
    save_model(path, model, training={**training, "scores": scores}, half=True)
    path.with_suffix(".md").write_text(card(dataset, method, training, scores))
    return path


def card(dataset: str, method: str, training: dict[str, Any], scores: dict[str, float]) -> str:
    """The model card: what it is, what it was trained on and how, what it scores, what it is not for."""
    objective = training["settings"]["objective"]
    flat = "without flatness"
    if objective["eta"]:
        flat = f"with flatness (η = {objective['eta']}, {objective['form']} form)"
    rows = "\n".join(f"| {name.replace('_', ' ')} | {value} |" for name, value in scores.items())
    return f"""# {dataset}/{method}

A variational autoencoder with a hierarchical prior and two latent dimensions, trained {flat}
(Chen et al., "Learning Flat Latent Manifolds with VAEs", ICML 2020). 16-bit weights.

- Data: {DATA[dataset]}
- Licence: {LICENCE}
- Made by: `{training["command"]}`, seed {training["seed"]}, commit {training["commit"]}. All settings are in the
  file's metadata.
- Chosen from three seeds by its held-out error, without a look at its flatness.
- Use: `flatsort geometry {dataset}/{method}`. It shows the method; it is no descriptor for tracking.

| score | value |
|---|---|
{rows}
"""
