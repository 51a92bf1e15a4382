"""A picture of what a model of crops has learnt: reconstructions above the crops, and samples of its prior."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flatsort.data.files.atomic import atomic_path
from flatsort.data.opencv import import_cv2
from flatsort.embedding.crop_input import CropInput
from flatsort.embedding.networks.vae import Model

COLUMNS = 12
ROWS_OF_SAMPLES = 3
_GAP, _HEADING = 2, 18  # pixels


@torch.no_grad()
def save_samples(path: Path, model: Model, crops: NDArray[np.float32], described: CropInput, seed: int = 0) -> None:
    """Write the picture: held-out crops, evenly spread, under their reconstructions; then samples of the prior.

    Where the decoder also reads v, a row shows what is drawn from z alone, and one each z with the v of the crop to its
    left.

    crops: (n, 3, height, width) float32, prepared as `described` says. Raises InputError where it cannot be written.
    """
    chosen = crops[np.unique(np.linspace(0, len(crops) - 1, COLUMNS).astype(int))]
    noise = torch.randn(
        2, COLUMNS * ROWS_OF_SAMPLES, model.config.latents, generator=torch.Generator().manual_seed(seed)
    )
    samples = model.decode(model.prior.sample(noise), _nuisance_of_prior(model, seed))
    x = torch.from_numpy(chosen)
    z = model.encode(x)[0]
    alone = model.decode(z)
    nuisance = model.encode_nuisance(x, alone)
    parts = []
    if nuisance is not None:
        parts = [
            _heading("from z alone, and z with the v of the crop to the left", described),
            _row(alone, described),
            _row(model.decode(z, nuisance[0].roll(1, 0)), described),
        ]
    rows = [
        _heading("reconstructions of held-out crops, above the crops", described),
        _row(model(x), described),
        _row(x, described),
        *parts,
        _heading("samples of the prior", described),
        *(_row(part, described) for part in samples.split(COLUMNS)),
    ]
    encoded = import_cv2().imencode(".png", np.concatenate(rows))[1]
    with atomic_path(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


def _nuisance_of_prior(model: Model, seed: int) -> Tensor | None:
    size = (COLUMNS * ROWS_OF_SAMPLES, model.config.nuisance)
    return torch.randn(size, generator=torch.Generator().manual_seed(seed + 1)) if model.config.nuisance else None


def pictures(crops: Tensor, described: CropInput) -> NDArray[np.uint8]:
    """Prepared crops (n, 3, height, width) as pictures again, (n, height, width, 3) uint8 BGR."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (described.mean, described.std))
    planes = ((crops * std + mean) * described.scale).round().clamp(0, 255).byte().numpy().transpose(0, 2, 3, 1)
    return planes[..., ::-1] if described.channels == "rgb" else planes


def _row(crops: Tensor, described: CropInput) -> NDArray[np.uint8]:
    height, width = described.size
    row = np.full((height + _GAP, COLUMNS * (width + _GAP), 3), 255, np.uint8)
    for column, picture in enumerate(pictures(crops, described)):
        left = column * (width + _GAP)
        row[:height, left : left + width] = picture
    return row


def _heading(text: str, described: CropInput) -> NDArray[np.uint8]:
    cv2 = import_cv2()
    line = np.full((_HEADING, COLUMNS * (described.size[1] + _GAP), 3), 255, np.uint8)
    cv2.putText(line, text, (2, _HEADING - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (60, 60, 60), 1, cv2.LINE_AA)
    return line
