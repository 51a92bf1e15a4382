"""The encoder of people with labels in place of pseudo-identities: what the labels alone are worth."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flatsort.data.crops.tracklet_identities import UNKNOWN, TrackletIdentities
from flatsort.data.crops.tracklet_sources import Tracklets
from flatsort.train_embedding.loop.people import Pairing, PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.loop.task import Row
from flatsort.train_embedding.objective.proxies import of_moments


class LabelledPeopleRun(PeopleRun):
    """A `PeopleRun` whose views are the cameras and whose pairs are one person each, as the labels have it.

    Beside its terms stands supervised contrastive learning (Khosla et al., NeurIPS 2020) among the crops of a batch.
    Tracklets without an identity are learned from as without labels.
    """

    def __init__(self, settings: PeopleSettings, data: Tracklets, who: TrackletIdentities, seed: int) -> None:
        self.who = who
        super().__init__(settings, data, seed)
        known = who.people != UNKNOWN
        self.people = torch.from_numpy(np.where(known, who.people, who.people.max() + 1 + np.cumsum(~known)))
        count = int(self.people.max()) + 1
        self.other_people = torch.zeros(count, count, dtype=torch.bool)
        first, second = torch.nonzero(self.different, as_tuple=True)
        self.other_people[self.people[first], self.people[second]] = True

    def grouped(self) -> NDArray[np.int64]:
        """The camera of each tracklet."""
        return self.who.cameras

    def apart(self) -> NDArray[np.bool_]:
        """As without labels, and any two whose identities differ."""
        known = self.who.people != UNKNOWN
        both = known[:, None] & known[None]
        return (super().apart() | both) & ~(both & (self.who.people[:, None] == self.who.people[None]))

    @torch.no_grad()
    def pair(self) -> None:
        """Describe all tracklets anew; each is paired with a tracklet of the person's before another camera, by lot."""
        self.remember()
        who = self.who
        same = (who.people[:, None] == who.people[None]) & (who.people != UNKNOWN)[:, None]
        elsewhere = same & (who.cameras[:, None] != who.cameras[None])
        lots = np.random.default_rng([self.seed, 8, self.step]).random(elsewhere.shape)
        match = np.where(elsewhere.any(axis=1), np.where(elsewhere, lots, -1).argmax(axis=1), -1)
        self.proxies.match.copy_(torch.from_numpy(match))
        self.proxies.confidence.copy_(torch.from_numpy(match >= 0))
        self.pairing = Pairing(int((match >= 0).sum()) // 2, 1.0)

    def beside(self, z: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """InfoNCE among the batch's crops, those of one person being positives."""
        people = self.people[torch.from_numpy(self.data.tracklets[rows])]
        return of_moments(z, people, self.other_people, self.settings.temperature)

    def about(self) -> Row:
        """What made this run."""
        return {**super().about(), "identities": int(self.who.people.max()) + 1}
