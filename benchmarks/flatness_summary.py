"""Medians over seeds, the issue's claims checked one by one, and the Markdown tables of docs/results/paper.md."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from flatness_plan import SEEDS

Found = dict[str, Any]
PAPER_OBSERVATION = {"motion": 1.02, "mnist": 1.01}
"""Table 1 of the paper, VHP-FMVAE."""
FLAT_HEADINGS = (
    "k, data points; k, mixed points; its 95th percentile; magnification factor, IQR; N·RDM − 1; held-out error"
)
RATIO_HEADINGS = (
    "data; method; observation; paper; latent; graph's floor; observation, refined geodesics; roughness; "
    "roughness / length"
)
CONDITION_LIMIT = {"pendulum": 1.15, "motion": 1.5}


def reports(found: Found, dataset: str, method: str) -> list[Any]:
    """The reports of the seeds that are there."""
    runs = [f"{dataset}-{method}-s{seed}" for seed in SEEDS]
    return [found[run]["report"] for run in runs if run in found]


def figures_of(report: Any) -> dict[str, float]:
    """The numbers of one report that are compared."""
    part, ratios = report["mixed"], report["length_ratios"]
    return {
        "condition": part["condition_number"],
        "condition_95": part["condition_number_95"],
        "condition_data": report["data"]["condition_number"],
        "spread": part["magnification_factor"]["q75"] - part["magnification_factor"]["q25"],
        "n_rdm_minus_1": part["n_rdm_minus_1"],
        "error": report["reconstruction_error"],
        "error_test": report["reconstruction_error_by_split"]["test"],
        "observation": ratios["observation"]["mean"],
        "latent": ratios["latent"]["mean"],
        "floor": ratios["floor"]["mean"],
        "refined": ratios["refined"]["observation"]["mean"],
        "roughness": report["smoothness"]["absolute"],
        "roughness_relative": report["smoothness"]["relative"],
    }


def medians(found: Found, dataset: str, method: str) -> dict[str, float] | None:
    """Median over the seeds that are there, None where there are none."""
    rows = [figures_of(report) for report in reports(found, dataset, method)]
    return {key: median(row[key] for row in rows) for key in rows[0]} if rows else None


def claims(found: Found) -> list[dict[str, Any]]:
    """Every claim with what was wanted, what was measured, and whether it holds."""
    checked: list[dict[str, Any]] = []

    def check(claim: str, measured: float, wanted: str, holds: bool) -> None:
        checked.append({"claim": claim, "measured": measured, "wanted": wanted, "holds": holds})

    for dataset in ("pendulum", "motion", "mnist"):
        flat, curved = (medians(found, dataset, method) for method in ("fmvae", "vhp-vae"))
        if flat is None or curved is None:
            continue
        ratio = (curved["condition"] - 1) / (flat["condition"] - 1)
        check(f"{dataset}: k − 1 on mixed points, VHP-VAE over VHP-FMVAE", ratio, "at least 3", ratio >= 3)
        if dataset in CONDITION_LIMIT:
            limit = CONDITION_LIMIT[dataset]
            check(f"{dataset}: k on mixed points", flat["condition"], f"below {limit}", flat["condition"] < limit)
        narrower = curved["spread"] / flat["spread"]
        check(f"{dataset}: IQR of the magnification factor, ratio", narrower, "at least 3", narrower >= 3)
        for key, rows in (("error", "held-out error"), ("error_test", "error of the test rows alone")):
            error = flat[key] / curved[key]
            check(f"{dataset}: {rows}, VHP-FMVAE over VHP-VAE", error, "at most 1.10", error <= 1.10)
        if dataset in PAPER_OBSERVATION:
            seen = flat["observation"]
            check(f"{dataset}: observation ratio", seen, "within 0.03 of 1", abs(seen - 1) <= 0.03)
        gap = flat["latent"] - flat["floor"]
        check(f"{dataset}: latent ratio minus the graph's floor", gap, "within 0.03 of 0", abs(gap) <= 0.03)
    for kind in ("absolute", "relative"):
        flat_joints, curved_joints = (_joints(found, method, kind) for method in ("fmvae", "vhp-vae"))
        if flat_joints and curved_joints:
            better = sum(a < b for a, b in zip(flat_joints, curved_joints, strict=True))
            check(f"motion: joints with less roughness ({kind})", better, "all 50", better == 50)
    return checked


def _joints(found: Found, method: str, kind: str) -> list[float]:
    """Roughness joint by joint, the median over the seeds."""
    rows = [report["smoothness"][f"{kind}_by_channel"] for report in reports(found, "motion", method)]
    return [median(column) for column in zip(*rows, strict=True)]


def markdown(headings: str, rows: list[list[str]]) -> str:
    """A Markdown table; headings are separated by semicolons."""
    columns = headings.split("; ")
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables(found: Found) -> dict[str, str]:
    """Markdown tables by the name of their place in docs/results/paper.md."""
    flat, ratios = [], []
    for dataset in ("pendulum", "motion", "mnist"):
        for method, name in (("vhp-vae", "VHP-VAE"), ("fmvae", "VHP-FMVAE")):
            row = medians(found, dataset, method)
            if row is None:
                continue
            paper = str(PAPER_OBSERVATION.get(dataset, "")) if method == "fmvae" else ""
            flat.append([dataset, name, str(len(reports(found, dataset, method))), *_flat_cells(row)])
            cells = [f"{row[key]:.3f}" for key in ("observation", "latent", "floor", "refined")]
            rough = [f"{row[key]:.3g}" for key in ("roughness", "roughness_relative")]
            ratios.append([dataset, name, cells[0], paper, *cells[1:], *rough])
    checked = [
        [item["claim"], item["wanted"], f"{item['measured']:.3f}", "yes" if item["holds"] else "**no**"]
        for item in claims(found)
    ]
    grouped = {group: _by_experiment(found, group) for group in ("ablations", "pareto", "variants", "motion-eta")}
    return {
        "flatness": markdown("data; method; seeds; " + FLAT_HEADINGS, flat),
        "ratios": markdown(RATIO_HEADINGS, ratios),
        "claims": markdown("claim; wanted; measured; holds", checked),
        **grouped,
    }


def by_experiment(found: Found, group: str) -> dict[str, list[dict[str, float]]]:
    """The compared numbers of every seed, by experiment, in the order of the names."""
    rows: dict[str, list[dict[str, float]]] = {}
    for run, content in found.items():
        if content["group"] == group:
            rows.setdefault(run.rpartition("-s")[0], []).append(figures_of(content["report"]))
    return rows


def _by_experiment(found: Found, group: str) -> str:
    rows = []
    for name, seeds in by_experiment(found, group).items():
        middle = {key: median(row[key] for row in seeds) for key in seeds[0]}
        rows.append([name, str(len(seeds)), *_flat_cells(middle)])
    return markdown("runs; seeds; " + FLAT_HEADINGS, rows)


def _flat_cells(row: dict[str, float]) -> list[str]:
    cells = [f"{row[key]:.3g}" for key in ("condition_data", "condition", "condition_95", "spread", "n_rdm_minus_1")]
    return [*cells, f"{row['error']:.5f}"]


def insert_tables(page: Path, by_name: dict[str, str]) -> None:
    """Put every table between its markers `<!-- table: name -->` and `<!-- end -->`; the prose stays."""
    text = page.read_text()
    for name, table in by_name.items():
        before, marker, rest = text.partition(f"<!-- table: {name} -->\n")
        if not marker:
            raise ValueError(f"{page}: no place for the table {name}")
        text = f"{before}{marker}{table}\n<!-- end -->{rest.split('<!-- end -->', 1)[1]}"
    page.write_text(text)
