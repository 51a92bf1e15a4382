"""Checkpoints: tensors in a safetensors file with JSON metadata. Nothing is ever unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import safetensors
from safetensors.torch import save_file
from torch import Tensor, nn

from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.json_file import parse_json
from flatsort.embedding.pickles import refuse_pickle
from flatsort.embedding.weights import WEIGHTS

KEY = "flatsort"  # the one entry of the safetensors header, which allows strings only, that holds our JSON


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and the metadata that says what they are."""

    path: Path
    tensors: dict[str, Tensor]
    metadata: dict[str, Any]

    @property
    def family(self) -> str | None:
        """What kind of file it is: a family of networks, or a training state; None where it does not say."""
        return self.metadata.get("family")


class Network(Protocol):
    """A module with a dataclass `config` that decides its shape."""

    @property
    def config(self) -> Any: ...
    def state_dict(self) -> Mapping[str, Any]: ...


def write_network(
    path: str | PathLike[str],
    network: Network,
    family: str,
    *,
    training: dict[str, Any],
    descriptor: dict[str, Any] | None = None,
    half: bool = False,
) -> None:
    """Write a network as `write_checkpoint`, whose errors it raises.

    training: how it was made. descriptor: how crops are prepared and gated. half: store 16 bits, for packaged weights.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    if half:
        tensors = {name: value.half() for name, value in tensors.items()}
    metadata = {"family": family, "config": asdict(network.config), "training": training}
    write_checkpoint(path, tensors, metadata | ({"descriptor": descriptor} if descriptor else {}))


def write_checkpoint(path: str | PathLike[str], tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
    """Write atomically: where the disk is full or the process dies, the old file is still whole.

    `metadata` is anything that JSON holds. Raises InputError where the file cannot be written.
    """
    try:
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, metadata={KEY: json.dumps(metadata, sort_keys=True)})
            temporary.chmod(0o644)  # safetensors leaves the file to its owner alone
    except (OSError, safetensors.SafetensorError) as error:
        kept = "the old checkpoint is kept" if Path(path).exists() else "nothing was written"
        raise InputError(path, None, f"cannot save ({error}); {kept}", "free some space or name another") from error


def read_checkpoint(path: str | PathLike[str]) -> Checkpoint:
    """Read a checkpoint that `write_checkpoint` wrote.

    Raises InputError where the file is missing, a pickle, truncated, or without our metadata.
    """
    path = Path(path)
    try:
        refuse_pickle(path)
        path.open("rb").close()
    except OSError as error:
        raise InputError(path, None, f"cannot be read ({error.strerror})", "name a .safetensors checkpoint") from error
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError) as error:
        raise InputError(path, None, f"truncated or not safetensors ({error})", "copy or train it again") from error
    if KEY not in header:
        raise InputError(path, None, "has no flatsort metadata", "name a checkpoint that flatsort wrote")
    try:
        return Checkpoint(path, tensors, parse_json(header[KEY]))
    except ValueError as error:
        cure = "name a checkpoint that flatsort wrote"
        raise InputError(path, None, f"its metadata cannot be read ({error})", cure) from None


def load_tensors(checkpoint: Checkpoint, module: nn.Module, architecture: str) -> None:
    """Load the checkpoint's tensors into a module, as float32.

    Raises InputError that names the first tensor that the module lacks, or has in another shape.
    """
    expected = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in checkpoint.tensors.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise InputError(
                checkpoint.path,
                None,
                f"tensor {name} is {found.get(name, 'missing')}, not {expected.get(name, 'known')} "
                f"as architecture {architecture} has it",
                "retrain it or name a checkpoint that `flatsort train` wrote",
            )
    module.load_state_dict({name: value.float() for name, value in checkpoint.tensors.items()})


def packaged_names() -> list[str]:
    """Names of the checkpoints that come with the package, such as `pendulum/fmvae`."""
    return sorted(file.stem.replace("-", "/", 1) for file in WEIGHTS.glob("*.safetensors"))
