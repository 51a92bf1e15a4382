"""Headless Chromium, driven over a pipe by its DevTools protocol: opens a page, runs scripts, keeps its errors."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Page:
    """An open page. errors: what its console has been told of errors and exceptions."""

    def __init__(self, read: int, write: int) -> None:
        self.errors: list[str] = []
        self._read, self._write = os.fdopen(read, "rb"), os.fdopen(write, "wb")
        self._number = 0
        self._session: str | None = None

    def open(self, url: str) -> None:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Runtime.enable")
        self.ask("Log.enable")
        self.ask("Page.enable")
        self.ask("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of a script, awaited where it is a promise."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None and not method.startswith("Target."):
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        self._write.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._note(answer)

    def _next(self) -> Any:
        text = b""
        while not text.endswith(b"\0"):
            text += self._read.read(1)
        return json.loads(text[:-1])

    def _note(self, event: Any) -> None:
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(parameters["exceptionDetails"]))
        elif event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif event.get("method") == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.errors.append(str(parameters["args"]))


@contextmanager
def chromium(program: str, profile: Path) -> Iterator[Page]:
    """A browser of its own profile for as long as the context lasts."""
    to_browser, from_us = os.pipe()
    to_us, from_browser = os.pipe()

    def wire() -> None:  # the protocol's pipes are descriptors 3 and 4
        high = os.dup(to_browser), os.dup(from_browser)
        os.dup2(high[0], 3)
        os.dup2(high[1], 4)

    options = ["--headless", "--no-sandbox", "--disable-gpu", "--mute-audio", f"--user-data-dir={profile}"]
    browser = subprocess.Popen(
        [program, *options, "--remote-debugging-pipe"],
        close_fds=False,
        preexec_fn=wire,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Page(to_us, from_us)
    finally:
        browser.kill()
        browser.wait()
