"""Folders of crops compared: a person seen by one camera is looked for among the people that other cameras saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flatsort.data import InputError
from flatsort.data.crops.crop_folder import is_labelled_folder, open_labelled_folder
from flatsort.data.progress import Watch, unwatched
from flatsort.eval.retrieval.across_cameras import CameraRanking, rank, split_cameras, total
from flatsort.eval.retrieval.comparison import RetrievalTable
from flatsort.eval.retrieval.folder_crops import PER_PICTURE, describe_folder, load_for_crops


@dataclass(frozen=True)
class CameraSettings:
    """Which cameras' crops are the queries and which the gallery; None as `split_cameras`."""

    query: int | None = None
    gallery: int | None = None

    def __str__(self) -> str:
        query = "the lowest camera of a folder" if self.query is None else f"camera {self.query}"
        gallery = "every other camera" if self.gallery is None else f"camera {self.gallery}"
        return f"single crops; queries of {query}, gallery of {gallery}"


def are_folders_of_crops(sources: list[str]) -> bool:
    """Whether the sources are folders of crops. Raises InputError where some are and others are not."""
    found = [is_labelled_folder(source) for source in sources]
    if any(found) and not all(found):
        problem = f"is no folder of crops, as {sources[found.index(True)]} is"
        raise InputError(sources[found.index(False)], None, problem, "compare sequences and folders one after another")
    return all(found)


def retrieve_folders(
    sources: list[str], names: dict[str, str], settings: CameraSettings, watch: Watch = unwatched
) -> RetrievalTable:
    """Describe and rank the crops of every folder with every descriptor.

    names: descriptors by label. watch: a bar over the pictures of up to 64 crops of a folder. The table's crops are
    those of the queries and the gallery. Raises InputError where a folder or a descriptor cannot be used.
    """
    table = RetrievalTable(settings)
    rankings: dict[str, list[CameraRanking]] = {label: [] for label in names}
    descriptors: dict[str, Any] = dict(load_for_crops(names))
    for source in sources:
        folder = open_labelled_folder(source)
        if folder.name in table.crops:
            raise InputError(source, None, f"is a second folder of the name {folder.name}", "name one of them")
        query, gallery = split_cameras(folder.name, folder.cameras, settings.query, settings.gallery)
        described = describe_folder(folder, descriptors, watch(folder.name, -(-len(folder) // PER_PICTURE)))
        table.crops[folder.name] = len(query) + len(gallery)
        for label, vectors in described.items():
            who = folder.identities
            found = rank(vectors[query], vectors[gallery], who[query], who[gallery], descriptors[label].distance)
            if not found.queries:
                problem = "nobody is seen by both the query's and the gallery's cameras"
                raise InputError(source, None, problem, "name other cameras")
            rankings[label].append(found)
            table.sequences.setdefault(label, {})[folder.name] = total([found])
    table.overall = {label: total(parts) for label, parts in rankings.items()}
    return table
