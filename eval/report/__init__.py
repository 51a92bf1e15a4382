"""The report: one page that shows what a tracker made of a video."""

from flatsort.eval.report.page import write_report

__all__ = ["write_report"]
