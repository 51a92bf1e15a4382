"""What a command says on standard error while it works: bars, lines, remarks. Standard output is its answer alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from flatsort.data.errors import printable, remarks_to
from flatsort.data.progress import Bar, T, Watch

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars and no remarks.")]


_SECONDS_BETWEEN = 60.0  # of the lines that stand for bars in a log


class Display:
    """bars: rich's, shown where standard error is a terminal; elsewhere a line a minute. Neither where it is quiet."""

    def __init__(self, bars: Progress, quiet: bool) -> None:
        self.bars = bars
        self._quiet = quiet
        self._remarks: set[str] = set()
        self._told = monotonic()

    def watch(self, name: str, total: int | None, /) -> Bar:
        """A bar over whatever passes by."""

        def bar(items: Iterable[T], /) -> Iterable[T]:
            for passed, item in enumerate(self.bars.track(items, total=total, description=name), start=1):
                yield item
                self._tell(name, passed, total)

        return bar

    def open_bar(self, name: str, total: int | None) -> int:
        """A bar that is moved from outside."""
        return self.bars.add_task(name, total=total)

    def move_bar(self, bar: int, passed: int) -> None:
        """So many items have passed."""
        self.bars.update(TaskID(bar), completed=passed)
        task = self.bars.tasks[self.bars.task_ids.index(TaskID(bar))]
        self._tell(task.description, passed, None if task.total is None else int(task.total))

    def close_bar(self, bar: int) -> None:
        """The bar goes."""
        self.bars.remove_task(TaskID(bar))

    def say(self, line: str) -> None:
        """A line above the bars, unless the command is quiet."""
        if not self._quiet:
            self._print(line)

    def remark(self, line: str) -> None:
        """What the user should know of the input or the results: a line, once a run however often it is remarked."""
        if line not in self._remarks:
            self._remarks.add(line)
            self.say(f"flatsort: {line}")

    def fail(self, problem: object) -> None:
        """What went wrong with a part of the work, where the rest goes on; quiet or not."""
        self._print(f"flatsort: {problem}")

    def _tell(self, name: str, passed: int, total: int | None) -> None:
        """How far something is, in a log, where no bar is drawn."""
        if self.bars.disable and monotonic() - self._told >= _SECONDS_BETWEEN:
            self._told = monotonic()
            self.say(f"{name}: {passed}" if total is None else f"{name}: {passed} of {total}")

    def _print(self, line: str) -> None:
        self.bars.console.print(printable(line), markup=False, emoji=False, highlight=False, soft_wrap=True)


@contextmanager
def display(quiet: bool) -> Iterator[Display]:
    """Shows bars while it is entered."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Speed(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bars:
        shown = Display(bars, quiet)
        with remarks_to(shown.remark):
            yield shown


@contextmanager
def bars_alone(quiet: bool) -> Iterator[Watch]:
    """Bars for one stage of a work that shows its other stages itself."""
    with display(quiet) as shown:
        yield shown.watch


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")
