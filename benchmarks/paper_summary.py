"""The Markdown tables of docs/results/to-the-letter.md, from results/to-the-letter/*.json."""

from __future__ import annotations

from statistics import median
from typing import Any

from flatness_summary import markdown

Found = dict[str, Any]
NAMES = {"vhp-vae": "VHP-VAE", "fmvae": "VHP-FMVAE"}
FLAT = "k, data; k, mixed; 95th percentile; magnification factor, IQR; N·RDM − 1; √ error"
HEAD = "data; settings; method; seed"
SETTINGS = {"": "paper", "-feasible": "paper, κ 0.055", "-long": "paper, 20,000 steps"}
"""Endings of the runs' names, and what the tables call their settings."""
CLAIMS = (
    "data; settings; seeds; k − 1, VHP-VAE; k − 1, VHP-FMVAE; times smaller; at least 3; observation ratio; "
    "within 0.03 of 1; √ error, over VHP-VAE's"
)
TRAINING = "steps; initial phase, steps; λ; √ error, last 500 steps; the 500 before; falls by"
JOINTS = (
    "models; roughness; smoother; rougher; not told apart; median ratio; "
    "rougher or not told apart: ratio (95 % interval)"
)
WALKERS = "tracker; IDs; SORT/IDs; IDF1; MOTA; HOTA; scenes with fewer IDs than VHP-VAE"
CURVES = "run; step; λ; √ error, training; KL bound, nats; N·RDM − 1, batches; c²"
C2 = [
    (f"paper-motion-{method}-s0", step)
    for step in ("1000", "2000")
    for method in ("vhp-vae", "fmvae", "fmvae-c2-one", "fmvae-no-identity")
]
LONGER = [
    (run, step)
    for run in (
        *(f"paper-pendulum-{method}-feasible-s0" for method in NAMES),
        *(f"paper-motion-{method}-long-s0" for method in NAMES),
    )
    for step in ("2000", "4000", "8000", "12000", "16000", "20000")
]
ETA = [
    (run, "4000")
    for data in ("pendulum", "motion", "mnist")
    for run in (
        f"paper-{data}-fmvae-s0",
        f"eta-summed-{data}-s0",
        f"eta-summed-beside-averaged-{data}-s0",
        f"eta-averaged-beside-summed-{data}-s0",
    )
]
NU = {
    "averaged, in squared units of the data": "paper-pendulum-vhp-vae-feasible-s0",
    "summed over the 256 pixels": "nu-summed-s0",
    "in units of κ²": "nu-kappa-s0",
}
TABLE_1 = "observation, paper's graph; latent; floor; observation, our graph; latent; floor"


def flat_cells(row: Any) -> list[str]:
    """Flatness and error of one report."""
    factor, mixed = row["mixed"]["magnification_factor"], row["mixed"]
    numbers = (row["data"]["condition_number"], mixed["condition_number"], mixed["condition_number_95"])
    return [
        *(f"{number:.3g}" for number in (*numbers, factor["q75"] - factor["q25"], mixed["n_rdm_minus_1"])),
        f"{row['error'] ** 0.5:.4f}",
    ]


def ratio_cells(row: Any) -> list[str]:
    """Table 1 with both graphs."""
    graphs = row["graphs"]
    return [f"{graphs[graph][key]:.3f}" for graph in ("paper", "ours") for key in ("observation", "latent", "floor")]


def rows_of(found: Found) -> list[tuple[str, str, str, str, Any]]:
    """Data, settings, method, seed and report, the paper's settings and then ours, in the order of the tables."""
    rows = []
    for dataset in ("pendulum", "motion", "mnist"):
        for suffix, settings in SETTINGS.items():
            for method in NAMES:
                for seed in (0, 1, 2):
                    run = f"paper-{dataset}-{method}{suffix}-s{seed}"
                    if run in found:
                        rows.append((dataset, settings, method, str(seed), found[run]))
        if f"eta-summed-{dataset}-s0" in found:
            rows.append((dataset, "paper, η summed", "fmvae", "0", found[f"eta-summed-{dataset}-s0"]))
        for method in NAMES:
            if f"ours-{dataset}-{method}" in found:
                rows.append((dataset, "ours", method, "best of 3", found[f"ours-{dataset}-{method}"]))
    return rows


def claims(found: Found) -> list[list[str]]:
    """k − 1 on mixed points and the observation ratio, medians over the seeds that both methods have."""
    rows = []
    for dataset in ("pendulum", "motion", "mnist"):
        for suffix, settings in SETTINGS.items():
            runs = [[f"paper-{dataset}-{method}{suffix}-s{seed}" for method in NAMES] for seed in (0, 1, 2)]
            both = [(found[curved], found[flat]) for curved, flat in runs if curved in found and flat in found]
            if not both:
                continue
            curved, flat = (median(pair[i]["mixed"]["condition_number"] - 1 for pair in both) for i in (0, 1))
            seen = median(pair[1]["graphs"]["paper"]["observation"] for pair in both)
            errors = median(pair[1]["error"] ** 0.5 / pair[0]["error"] ** 0.5 for pair in both)
            rows.append(
                [dataset, settings, str(len(both)), f"{curved:.3g}", f"{flat:.3g}", f"{curved / flat:.1f}",
                 "yes" if curved / flat >= 3 else "**no**", f"{seen:.3f}",
                 "yes" if abs(seen - 1) <= 0.03 else "**no**", f"{errors:.2f}"]
            )  # fmt: skip
    return rows


def tables(found: Found) -> dict[str, str]:
    """Markdown tables by the name of their place in the page."""
    rows = rows_of(found)
    heads = [[dataset, settings, NAMES[method], seed] for dataset, settings, method, seed, _ in rows]
    reports = [row for *_, row in rows]
    pairs = list(zip(heads, reports, strict=True))
    return {
        "claims": markdown(CLAIMS, claims(found)),
        "flat": markdown(f"{HEAD}; {FLAT}", [head + flat_cells(row) for head, row in pairs]),
        "table-1": markdown(f"{HEAD}; {TABLE_1}", [head + ratio_cells(row) for head, row in pairs]),
        "training": markdown(
            f"{HEAD}; {TRAINING}", [head + training_cells(row["training"]) for head, row in pairs if "training" in row]
        ),
        "ablations": markdown(f"run; steps; {FLAT}; lines with a jump", ablations(found)),
        "c2": markdown(CURVES, curve_rows(found, C2)),
        "longer": markdown(CURVES, curve_rows(found, LONGER)),
        "eta": markdown(CURVES, curve_rows(found, ETA)),
        "nu": markdown(
            "δ (`constraint.unit`); λ as the initial phase ends; 500 steps later; 1,000; 8,000",
            [
                [unit, *(f"{rows[f'+{after}']['lambda']:.3g}" for after in (0, 500, 1000, 8000))]
                for unit, run in NU.items()
                if (rows := found.get("curves", {"runs": {}})["runs"].get(run))
            ],
        ),
        "walkers": markdown(WALKERS, walkers(found)),
        "crops": markdown(
            "model; in the plane drawn; in all directions",
            [
                [label, *(f"{row[key]:.2f}" for key in ("plane", "everywhere"))]
                for label, row in found.get("crops", {"evenness": {}})["evenness"].items()
            ],
        ),
        "joints": markdown(JOINTS, joints(found)),
        "joint-seeds": markdown(
            "VHP-FMVAE, seed; VHP-VAE, seed; smoother joints of 50; for the same path length",
            [
                [str(row[key]) for key in ("fmvae", "vhp-vae", "absolute", "relative")]
                for row in found.get("joints", {"seeds": []})["seeds"]
            ],
        ),
    }


def training_cells(row: Any) -> list[str]:
    """How far a run got."""
    last, before = row["error_last"] ** 0.5, row["error_before"] ** 0.5
    initial = f"{row['initial_phase']:.0f}" if row["initial_phase_ended"] else "not over"
    numbers = [f"{row['lambda']:.3g}", f"{last:.4f}", f"{before:.4f}", f"{100 - 100 * last / before:.1f} %"]
    return [f"{row['steps']:.0f}", initial, *numbers]


def ablations(found: Found) -> list[list[str]]:
    """On motion: what is left out, between the whole and the VHP-VAE."""
    names = [f"paper-motion-{method}-s0" for method in NAMES]
    names += [run for run, row in found.items() if row["group"] == "paper-ablations"]
    names += [f"ours-motion-{method}" for method in NAMES]
    rows = []
    for run in names:
        if run in found:
            share = 100 * found[run]["lines_with_a_jump"]
            steps = f"{found[run]['training']['steps']:.0f}" if "training" in found[run] else "packaged"
            rows.append([run, steps, *flat_cells(found[run]), f"{share:.1f} %"])
    return rows


def curve_rows(found: Found, wanted: list[tuple[str, str]]) -> list[list[str]]:
    """Runs at a step of their training."""
    rows = []
    for run, step in wanted:
        row = found.get("curves", {"runs": {}})["runs"].get(run, {}).get(step)
        if row:
            numbers = [f"{row['error'] ** 0.5:.4f}", f"{row['kl']:.1f}", f"{row['n_rdm_minus_1']:.2g}"]
            scale = f"{row['c2']:.3f}" if "c2" in row else ""
            rows.append([run, step, f"{row['lambda']:.3g}", *numbers, scale])
    return rows


def walkers(found: Found) -> list[list[str]]:
    """The paper's tracker on the walkers scenes."""
    trackers = found.get("walkers", {"trackers": {}})["trackers"]
    return [
        [label, f"{row['IDs']:.0f}", f"{trackers['SORT']['IDs'] / row['IDs']:.2f}"]
        + [f"{row[score]:.1f}" for score in ("IDF1", "MOTA", "HOTA")]
        + ["" if label == "VHP-VAE" else f"{row['fewer']:.0f} of 5"]
        for label, row in trackers.items()
    ]


def joints(found: Found) -> list[list[str]]:
    """Figure 5: how many joints are smoother with flatness, and which are not."""
    rows = []
    for name, row in found.get("joints", {"compared": {}})["compared"].items():
        models, _, kind = name.rpartition("-")
        counts = [str(row[key]) for key in ("smoother", "rougher", "undecided")]
        rows.append([models, kind, *counts, f"{row['median_ratio']:.2f}", rough_joints(row["rough"])])
    return rows


def rough_joints(rough: dict[str, list[float]]) -> str:
    """Up to six joints by name, each with its ratio and interval."""
    shown = [f"{name} {ratio:.2f} ({low:.2f} to {high:.2f})" for name, (ratio, low, high) in list(rough.items())[:6]]
    return ", ".join(shown) + (f" and {len(rough) - 6} more" if len(rough) > 6 else "")
