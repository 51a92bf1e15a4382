"""The identity term over proxies: every tracklet has a vector that remembers it, and a crop is told from all of them.

Within one view the other tracklets are other people; in another view one tracklet may be the same person, by the
pseudo-identities in force. After Wang et al., "Camera-aware Proxies for Unsupervised Person Re-Identification"
(AAAI 2021), with an assignment of the views in place of clusters.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, normalize

_NEVER = -1e4  # a logit that is left out; finite, so that a row without any other logit has a gradient


class ProxyTerms(NamedTuple):
    """Scalars. own: told from others of the view. other: found in another view. moments: two crops of one tracklet.

    alignment: how far the views' means and deviations lie apart.
    """

    own: Tensor
    other: Tensor
    moments: Tensor
    alignment: Tensor


class TrackletProxies(nn.Module):
    """vectors: (t, d) of unit length, which follow the embedding; and the pairs in force.

    match: (t,) int64 the tracklet of another view that is the same person, -1 where none is known. confidence: (t,)
    what the match weighs, 0 to 1. Buffers: nothing is trained by gradients.
    """

    vectors: Tensor
    match: Tensor
    confidence: Tensor

    def __init__(self, vectors: Tensor, memory: float = 0.8) -> None:
        """memory: the share of a proxy that a step keeps."""
        super().__init__()
        self.memory = memory
        self.register_buffer("vectors", normalize(vectors.detach(), dim=1))
        self.register_buffer("match", torch.full((len(vectors),), -1))
        self.register_buffer("confidence", torch.zeros(len(vectors)))

    @torch.no_grad()
    def restart(self, vectors: Tensor) -> None:
        """Take other vectors, (t, d), and forget the pairs."""
        self.vectors.copy_(normalize(vectors, dim=1))
        self.match.fill_(-1)
        self.confidence.zero_()

    @torch.no_grad()
    def follow(self, tracklets: Tensor, z: Tensor) -> None:
        """Move the proxies of these tracklets (n,), each named once, towards their new vectors z (n, d)."""
        moved = self.memory * self.vectors[tracklets] + (1 - self.memory) * normalize(z, dim=1)
        self.vectors[tracklets] = normalize(moved, dim=1)


def proxy_terms(
    z: Tensor,
    tracklets: Tensor,
    proxies: Tensor,
    views: Tensor,
    different: Tensor,
    match: Tensor,
    confidence: Tensor,
    temperature: float,
) -> ProxyTerms:
    """The terms of one batch.

    z: (n, d) of unit length. tracklets: (n,) whose crop each is. proxies: (t, d). views: (t,), below 0 for tracklets
    that are searched for nowhere else. different: (t, t) bool, pairs known to be two people. match: (t,) the tracklet
    of another view that is the same person, -1 where none is known; confidence: (t,) what it weighs, 0 to 1.
    """
    logits = z @ proxies.T / temperature
    itself = torch.nn.functional.one_hot(tracklets, len(proxies)).bool()
    told = logits.masked_fill(~(different[tracklets] | itself), _NEVER)
    return ProxyTerms(
        cross_entropy(told, tracklets),
        _in_other_views(logits, tracklets, views, match, confidence),
        of_moments(z, tracklets, different, temperature),
        view_distance(z, views[tracklets]),
    )


def _in_other_views(logits: Tensor, tracklets: Tensor, views: Tensor, match: Tensor, confidence: Tensor) -> Tensor:
    """Cross-entropy of the match among all tracklets of its view, weighed by confidence, averaged over all crops."""
    mate = match[tracklets]
    known = mate >= 0
    if not bool(known.any()):
        return logits.sum() * 0
    rows, mates = logits[known], mate[known]
    there = views[None] == views[mates][:, None]
    chosen = log_softmax(rows.masked_fill(~there, _NEVER), 1).gather(1, mates[:, None])[:, 0]
    return -(confidence[tracklets[known]] * chosen).sum() / len(tracklets)


def of_moments(z: Tensor, tracklets: Tensor, different: Tensor, temperature: float) -> Tensor:
    """InfoNCE among the batch: another crop of the tracklet against crops of people known to be others.

    z: (n, d) of unit length. tracklets: (n,) whose crop each is. different: (t, t) bool, known to be two people. With
    identities in place of tracklets it is supervised contrastive learning (Khosla et al., NeurIPS 2020).
    """
    similar = z @ z.T / temperature
    same = tracklets[:, None] == tracklets[None]
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    against = (different[tracklets][:, tracklets] | same) & ~itself
    positive = same & ~itself
    if not bool(positive.any()):
        return z.sum() * 0
    logs = similar - torch.logsumexp(similar.masked_fill(~against, _NEVER), 1, keepdim=True)
    return -(logs * positive).sum() / positive.sum()


def view_distance(z: Tensor, views: Tensor) -> Tensor:
    """Squared distances of each view's mean and deviations from those of all views, summed over the views.

    The same people walk before every camera, so their vectors have the same moments; what differs is the camera.
    """
    present = [z[views == view] for view in torch.unique(views[views >= 0]).tolist()]
    several = [part for part in present if len(part) > 1]
    if len(several) < 2:
        return z.sum() * 0
    means = torch.stack([part.mean(0) for part in several])
    deviations = torch.stack([part.std(0) for part in several])
    return sum(((moments - moments.mean(0)).square().sum() for moments in (means, deviations)), z.sum() * 0)
