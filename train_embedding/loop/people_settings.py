"""Settings of label-free learning across cameras."""

from __future__ import annotations

from dataclasses import dataclass

from flatsort.embedding.networks.people import PeopleConfig


@dataclass(frozen=True)
class PeopleSettings:
    """How the encoder of people is trained. Raises ValueError naming the field that is out of range.

    widths, blocks, dimension: of the network, as `PeopleConfig`.
    drop: share of the pooled values that training leaves out.
    tracklets, others: of folders and of sequences in a batch, two crops of each.
    temperature: of the cross-entropies.
    views: in which a folder's tracklets fall.
    pair_from, pair_every: the step from which on tracklets of two views are paired, and how often anew.
    pair_first, pair_steps: the share of the surest pairs that is in force at first, and the steps until all are.
    assignment: the temperature of the assignment that pairs them.
    own, other, alignment: what telling a crop from all of its view, the pairs, and the distance of the views' moments
        weigh.
    strong: share of the crops that are changed strongly (`strong_changes`); the others are mirrored alone.
    sources_apart: take the people of two sources for different people.
    colours_alone: share of the crops of which the convolutions tell nothing.
    teacher: the share of its weights that the mean teacher keeps at a step.
    narrow: until this share of the run crops are 64x32, which takes a quarter of the time, then 128x64.
    half: compute in 16 bits.
    start: a checkpoint of such a network to go on from, empty for none.
    """

    widths: tuple[int, ...] = (16, 32, 96, 192)
    blocks: tuple[int, ...] = (1, 1, 1)
    dimension: int = 128
    drop: float = 0.1
    steps: int = 8000
    tracklets: int = 56
    others: int = 8
    temperature: float = 0.07
    views: int = 2
    pair_from: int = 300
    pair_every: int = 150
    pair_first: float = 0.2
    pair_steps: int = 4000
    assignment: float = 0.2
    own: float = 1.0
    other: float = 1.0
    alignment: float = 1.0
    strong: float = 0.5
    sources_apart: bool = False
    colours_alone: float = 0.1
    teacher: float = 0.99
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    narrow: float = 0.5
    half: bool = True
    start: str = ""
    log_every: int = 10
    save_every: int = 150

    def __post_init__(self) -> None:
        PeopleConfig(self.widths, self.blocks, self.dimension)
        whole = {"steps": 1, "tracklets": 2, "others": 0, "views": 2, "pair_from": 0, "pair_every": 1, "pair_steps": 0}
        for name, least in {**whole, "log_every": 1, "save_every": 1}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not at least {least}")
        for name in ("temperature", "assignment", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")
        for name in ("own", "other", "alignment", "weight_decay"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: {getattr(self, name)} is negative")
        for name in ("drop", "pair_first", "strong", "colours_alone", "narrow", "teacher"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not in [0, 1]")
        if 1 in (self.drop, self.teacher):
            raise ValueError(f"drop, teacher: {self.drop}, {self.teacher}; 1 would learn nothing")

    @property
    def network(self) -> PeopleConfig:
        """The network's part of the settings."""
        return PeopleConfig(self.widths, self.blocks, self.dimension)

    def width_at(self, progress: float) -> int:
        """The crops' width in pixels at this share of the run."""
        return 32 if progress < self.narrow else 64
