"""CMU human motion: 50 joint angles of up to five movements, at 30 frames a second, in radians."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.experiments.amc import read_amc
from flatsort.data.experiments.cmu_bvh import read_cmu_bvh, skeleton_beside
from flatsort.data.experiments.dataset import DataSet, Split
from flatsort.data.experiments.location import data_root
from flatsort.data.files.array_file import read_npz

MOVEMENTS = ("walking", "jogging", "balancing", "punching", "kicking")
"""The paper's five movements (Section 5.2); a label is an index into this tuple."""
RATE = 30.0
"""Frames a second of every recording: the `.mat` has 30, `.amc` files have 120 and every fourth frame is kept."""
AMC_RATE = 120.0
JOINTS = {
    **{"lfemur": 3, "ltibia": 1, "lfoot": 2, "ltoes": 1, "rfemur": 3, "rtibia": 1, "rfoot": 2, "rtoes": 1},
    **{"lowerback": 3, "upperback": 3, "thorax": 3, "lowerneck": 3, "upperneck": 3, "head": 3},
    **{"lclavicle": 2, "lhumerus": 3, "lradius": 1, "lwrist": 1, "lhand": 2, "lfingers": 1, "lthumb": 2},
    **{"rclavicle": 2, "rhumerus": 3, "rradius": 1, "rwrist": 1, "rhand": 2, "rfingers": 1, "rthumb": 2},
}
"""Degrees of freedom of the CMU skeleton, 56 in all, in the order of its ASF files and of the `.mat`."""
CONSTANT = ("lclavicle", "lfingers", "rclavicle", "rfingers")
"""Joints that no CMU recording moves: 6 channels, which leaves 50."""
CHANNELS = tuple(f"{joint} {i + 1}" for joint, dof in JOINTS.items() if joint not in CONSTANT for i in range(dof))
JOGS = frozenset({17, 18, *range(19, 27)})
"""Trials of subject 35 that run or jog; the others walk (the database's index)."""
MAT_TRIALS = (*range(1, 18), *range(19, 27), 28, *range(30, 35))
"""Trials of subject 35 in the `.mat`'s training matrix, in order; its test matrix has 18 and 29."""
AMC_FILES = {"balancing": r"49_(18|19|20)", "punching": r"143_23", "kicking": r"74_\d+"}
"""File names of the other movements (the paper names the subjects 49, 143 and 74)."""
BLOCK = 30
"""Frames a block, one second: every tenth block is validation and every tenth is test."""

_KEEP = np.array([joint not in CONSTANT for joint, dof in JOINTS.items() for _ in range(dof)])


@dataclass(frozen=True)
class Recording:
    """One trial: its name such as "35_01", its movement, and its angles (frames, 50) in radians."""

    name: str
    movement: str
    angles: NDArray[np.float64]


def _checked(source: Path, matrix: object, columns: int) -> NDArray[np.float64]:
    angles = np.asarray(matrix, dtype=np.float64)
    if angles.ndim != 2 or angles.shape[1] != columns or not len(angles):
        raise InputError(source, None, f"angles of shape {angles.shape} where (n, {columns}) belongs", "fetch it again")
    if not np.isfinite(angles).all():
        row = int(np.flatnonzero(~np.isfinite(angles).all(axis=1))[0])
        raise InputError(source, row + 1, "an angle is not finite", "fetch it again")
    return np.deg2rad(angles)


def _read_mat(path: Path) -> list[Recording]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path)
        parts = [(content["Y"], content["lbls"], MAT_TRIALS), (content["Ytest"], content["lblstest"], (18, 29))]
    except KeyError as error:
        raise InputError(path, None, f"no variable {error}", "use cmu35WalkJog.mat as published") from None
    except (MatReadError, ValueError, TypeError, OSError, NotImplementedError) as error:
        raise InputError(path, None, f"not a whole .mat file ({error})", "fetch it again") from None
    recordings = []
    for matrix, membership, trials in parts:
        angles = _checked(path, matrix, 62)[:, 6:][:, _KEEP]
        if membership.shape != (len(angles), len(trials)) or (membership.sum(axis=1) != 1).any():
            raise InputError(path, None, "its labels do not give every frame one trial", "fetch it again")
        for column, trial in enumerate(trials):
            movement = "jogging" if trial in JOGS else "walking"
            recordings.append(Recording(f"35_{trial:02d}", movement, angles[membership[:, column] == 1]))
    return recordings


def _read_npz(path: Path, movements: set[str]) -> list[Recording]:
    try:
        walkjog, membership, unseen, balancing = read_npz(path, ("walkjog", "lbls", "test", "bal")).values()
    except ValueError as error:
        raise InputError(path, None, f"not a whole npz file ({error})", "fetch it again") from None
    if membership.shape != (len(walkjog), len(MAT_TRIALS)):
        raise InputError(path, None, f"labels of shape {membership.shape}", "fetch it again")
    trials = np.array(MAT_TRIALS)[membership.argmax(axis=1)]
    # The npz does not say where one held-out or balancing trial ends. Its balancing rows are every fourth frame of
    # the three trials laid end to end (1102, 957 and 898 frames).
    pieces = [(f"35_{trial:02d}", walkjog[trials == trial]) for trial in MAT_TRIALS]
    pieces += [("35_18", unseen[:44]), ("35_29", unseen[44:])]
    pieces += [("49_18", balancing[:276]), ("49_19", balancing[276:515]), ("49_20", balancing[515:])]
    recordings = []
    for name, degrees in pieces:
        subject, trial = name.split("_")
        movement = "balancing" if subject == "49" else "jogging" if int(trial) in JOGS else "walking"
        if movement in movements:
            recordings.append(Recording(name, movement, _checked(path, degrees, 50)))
    return recordings


def _read_trial(path: Path, movement: str) -> Recording:
    if path.suffix == ".bvh":
        return Recording(path.stem, movement, read_cmu_bvh(path, JOINTS, skeleton_beside(path), RATE)[:, _KEEP])
    step = round(AMC_RATE / RATE)
    return Recording(path.stem, movement, read_amc(path, JOINTS)[::step, _KEEP])


def read_recordings(folder: str | PathLike[str]) -> list[Recording]:
    """Read every CMU trial of the five movements in a folder, the `.mat`, `.amc`, `.bvh` or `.npz` as it finds them.

    Walking and jogging come from the `.mat`, else from `35_*.amc`, else from the npz; balancing, punching and
    kicking from `49_18..20.amc`, `143_23.amc` and `74_*.amc`, balancing else from the npz. A trial that is not there as
    `.amc` is read from its `.bvh`, with the axes of a skeleton (`.asf`) in the folder.
    Raises InputError where the folder holds none of them or a file is damaged.
    """
    root = Path(folder)
    # Of a trial in both forms the later one stays: the AMC, which a BVH was made from.
    trials = {path.stem: path for pattern in ("*.bvh", "*.amc") for path in root.glob(pattern)}
    captured = [trials[name] for name in sorted(trials)]
    recordings: list[Recording] = []
    if (root / "cmu35WalkJog.mat").is_file():
        recordings += _read_mat(root / "cmu35WalkJog.mat")
    else:
        for path in captured:
            if match := re.fullmatch(r"35_(\d+)", path.stem):
                recordings.append(_read_trial(path, "jogging" if int(match[1]) in JOGS else "walking"))
    for movement, pattern in AMC_FILES.items():
        recordings += [_read_trial(path, movement) for path in captured if re.fullmatch(pattern, path.stem)]
    lacking = {"walking", "jogging", "balancing"} - {recording.movement for recording in recordings}
    npz = root / "cmu50_walkjog_balance_30hz_deg.npz"
    if lacking and npz.is_file():
        recordings += _read_npz(npz, lacking)
    if not recordings:
        cure = "name the folder with cmu35WalkJog.mat, the .amc or .bvh files or the 50-channel npz"
        raise InputError(root, None, "no CMU motion here", cure)
    return sorted(recordings, key=lambda recording: (MOVEMENTS.index(recording.movement), recording.name))


def load(folder: str | PathLike[str] | None = None) -> DataSet:
    """Load the movements that are there as rows of 50 joint angles in radians at 30 Hz, wrapped to [−π, π).

    folder: by default `mocap/cmu` in the data folder. Every recording is cut into blocks of one second; counted
    through a movement, of ten blocks the fifth goes to validation and the tenth to test, so that each movement is
    held out in proportion. Labels index `MOVEMENTS`; `label_names` lists all five, found or not. The six values of
    the root and six constant channels are dropped. Wrapping removes the turns of 360° that a few trials carry.
    """
    root = Path(folder) if folder is not None else data_root() / "mocap" / "cmu"
    recordings = read_recordings(root)
    angles, labels, sequences, frames, blocks = [], [], [], [], []
    counted = dict.fromkeys(MOVEMENTS, 0)
    for number, recording in enumerate(recordings):
        frame = np.arange(len(recording.angles))
        angles.append((recording.angles + np.pi) % (2 * np.pi) - np.pi)
        labels.append(np.full(len(frame), MOVEMENTS.index(recording.movement)))
        sequences.append(np.full(len(frame), number))
        frames.append(frame)
        blocks.append(counted[recording.movement] + frame // BLOCK)
        counted[recording.movement] += -(-len(frame) // BLOCK)
    place = np.concatenate(blocks) % 10
    rows = np.concatenate(angles).astype(np.float32)
    chosen = {"train": (place != 4) & (place != 9), "validation": place == 4, "test": place == 9}
    known = [np.concatenate(column) for column in (labels, sequences, frames)]
    return DataSet(
        name="motion",
        unit="radian",
        train=rows[chosen["train"]],
        validation=rows[chosen["validation"]],
        test=rows[chosen["test"]],
        about={name: Split(*(column[rule] for column in known)) for name, rule in chosen.items()},
        label_names=MOVEMENTS,
        channels=CHANNELS,
        origin=tuple(recording.name for recording in recordings),
    )
