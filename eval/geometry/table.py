"""The geometry reports of a few models as tables for people, and as rows of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from flatsort.eval.geometry.report import Report
from flatsort.eval.tables.formats import Table

POINTS = ("data", "mixed")


def flatness_table(reports: Sequence[Report]) -> Table:
    """Rows: each model on data and on mixed points; median (quartiles). 1, 1 and 0 are flat."""
    columns = ("model", "points", "condition number", "magnification factor / mean", "N·RDM − 1", "held-out error")
    rows = []
    for report in reports:
        for points in POINTS:
            part = report[points]
            low, high = part["condition_number_quartiles"]
            factor = part["magnification_factor"]
            rows.append(
                [
                    report["checkpoint"],
                    points,
                    f"{part['condition_number']:.3g} ({low:.3g}–{high:.3g})",
                    f"{factor['median']:.3f} ({factor['q25']:.3f}–{factor['q75']:.3f})",
                    f"{part['n_rdm_minus_1']:.4f}",
                    f"{part['reconstruction_error']:.5f}",
                ]
            )
    title = "Flatness: median (quartiles); a flat space has 1, 1 (no spread) and 0"
    return Table(columns, rows, names=2, title=title)


def ratio_table(reports: Sequence[Report]) -> Table:
    """Rows: each model's straight-line / geodesic ratios (Table 1) and smoothness (Figure 5)."""
    columns = ("model", "observation", "latent", "graph's floor", "roughness", "roughness / length")
    rows = []
    for report in reports:
        ratios, smooth = report["length_ratios"], report["smoothness"]
        floor = f"{ratios['floor']['mean']:.3f}"
        roughness = [f"{smooth['absolute']:.3g}", f"{smooth['relative']:.3g}"]
        rows.append([report["checkpoint"], *_mean_and_deviation(ratios), floor, *roughness])
        if "refined" in ratios:
            rows.append(["  refined geodesics", *_mean_and_deviation(ratios["refined"]), "none", "", ""])
    title = "Straight line / geodesic (mean ± deviation) and interpolation roughness (smaller is smoother)"
    return Table(columns, rows, title=title)


def geometry_row(report: Report) -> dict[str, float | str]:
    """What both tables say of a model, as numbers of full precision by column; the first is its name."""
    row: dict[str, float | str] = {"model": report["checkpoint"]}
    for points in POINTS:
        part = report[points]
        low, high = part["condition_number_quartiles"]
        row |= {f"{points} condition number": part["condition_number"], f"{points} condition number q25": low}
        row |= {f"{points} condition number q75": high}
        for quartile in ("median", "q25", "q75"):
            row[f"{points} magnification factor {quartile}"] = part["magnification_factor"][quartile]
        row[f"{points} N·RDM − 1"] = part["n_rdm_minus_1"]
    row["held-out error"] = report["reconstruction_error"]
    ratios = report["length_ratios"]
    for kind in ("", "refined"):
        for space in ("observation", "latent") if not kind or kind in ratios else ():
            for value in ("mean", "deviation"):
                row[f"{kind} {space} {value}".strip()] = (ratios[kind] if kind else ratios)[space][value]
    row["graph's floor"] = ratios["floor"]["mean"]
    row |= {"roughness": report["smoothness"]["absolute"], "roughness / length": report["smoothness"]["relative"]}
    return row


def _mean_and_deviation(ratios: Report) -> list[str]:
    return [f"{ratios[space]['mean']:.3f} ± {ratios[space]['deviation']:.3f}" for space in ("observation", "latent")]
