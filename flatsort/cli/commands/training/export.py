"""`flatsort export`: a trained encoder as ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatsort.data.sequences.inputs import refuse_input
from flatsort.embedding.networks.export import export_onnx


def command(
    checkpoint: Annotated[str, typer.Argument(help="A .safetensors checkpoint or a packaged name.")],
    output: Annotated[Path, typer.Option(help="FILE.onnx")],
    gate: Annotated[float | None, typer.Option(min=0, help="Distance to match within, for networks on crops.")] = None,
) -> None:
    """Write a trained encoder as ONNX, with how its input is prepared, checked against torch."""
    refuse_input(output, checkpoint)
    made = export_onnx(checkpoint, output, gate=gate)
    rounding = f"16-bit weights change the embedding by {made.rounding:.1g} of its largest value"
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, differs from torch by {made.difference:.1g}; {rounding}")
