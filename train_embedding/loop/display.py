"""The progress bar of a training run."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Display:
    """A rich progress bar on standard error; silent where `quiet`, except for notes."""

    def __init__(self, steps: int, done: int, *, quiet: bool) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            MofNCompleteColumn(),
            BarColumn(bar_width=8),
            TimeRemainingColumn(),
            TextColumn("{task.fields[terms]}"),
            console=console,
            disable=quiet,
        )
        self._task = self._progress.add_task("", total=steps, completed=done, terms="")

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def move(self, step: int, terms: str) -> None:
        """Move to the step and show these terms."""
        self._progress.update(self._task, completed=step, terms=terms)

    def note(self, text: str) -> None:
        """Print a line above the bar, or plainly where there is no bar."""
        self._progress.console.print(text, highlight=False)
