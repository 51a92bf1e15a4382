"""The geometry reports of a few models as a terminal table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from flatsort.eval.geometry.report import Report

HEADINGS = ("points", "condition number", "magnification factor / mean", "N·RDM − 1", "held-out error")


def flatness_table(reports: Sequence[Report]) -> Table:
    """Rows: each model on data and on mixed points; median (quartiles). 1, 1 and 0 are flat."""
    table = Table(title="Flatness: median (quartiles); a flat space has 1, 1 (no spread) and 0", title_justify="left")
    table.add_column("model")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for report in reports:
        for points in ("data", "mixed"):
            part = report[points]
            low, high = part["condition_number_quartiles"]
            factor = part["magnification_factor"]
            table.add_row(
                report["checkpoint"],
                points,
                f"{part['condition_number']:.3g} ({low:.3g}–{high:.3g})",
                f"{factor['median']:.3f} ({factor['q25']:.3f}–{factor['q75']:.3f})",
                f"{part['n_rdm_minus_1']:.4f}",
                f"{part['reconstruction_error']:.5f}",
            )
    return table


def ratio_table(reports: Sequence[Report]) -> Table:
    """Rows: each model's straight-line / geodesic ratios (Table 1) and smoothness (Figure 5)."""
    table = Table(
        title="Straight line / geodesic (mean ± deviation) and interpolation roughness (smaller is smoother)",
        title_justify="left",
    )
    table.add_column("model")
    for heading in ("observation", "latent", "graph's floor", "roughness", "roughness / length"):
        table.add_column(heading, justify="right")
    for report in reports:
        ratios = report["length_ratios"]
        cells = [f"{ratios[key]['mean']:.3f} ± {ratios[key]['deviation']:.3f}" for key in ("observation", "latent")]
        smooth = report["smoothness"]
        table.add_row(
            report["checkpoint"],
            *cells,
            f"{ratios['floor']['mean']:.3f}",
            f"{smooth['absolute']:.3g}",
            f"{smooth['relative']:.3g}",
        )
        if "refined" in ratios:
            fine = ratios["refined"]
            cells = [f"{fine[key]['mean']:.3f} ± {fine[key]['deviation']:.3f}" for key in ("observation", "latent")]
            table.add_row("  refined geodesics", *cells, "none", "", "")
    return table
