"""The program as a user runs it: a process of its own, with a home of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path


class Program:
    """Runs `sousveil` with a SOUSVEIL_HOME of its own and nothing of the user's environment."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.folder = folder
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "user"),
            "SOUSVEIL_HOME": str(self.home),
            "PYTHONSAFEPATH": "1",
            "COLUMNS": "100",
        }
        (folder / "user").mkdir(exist_ok=True)

    def __call__(self, *args: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from sousveil.cli import main; main()", *args]
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=self.env | env, cwd=self.folder,
            timeout=120, check=False,
        )  # fmt: skip

    def on_terminal(self, *args: str, **env: str) -> str:
        """Return what a terminal of 24 lines shows; its pager writes PAGED before what it gets."""
        ours, theirs = pty.openpty()
        command = [sys.executable, "-c", "from sousveil.cli import main; main()", *args]
        seen = {"TERM": "xterm", "LINES": "24", "PAGER": "sed 1iPAGED"}
        with subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=self.env | seen | env, cwd=self.folder
        ):
            os.close(theirs)
            told = b"".join(iter(lambda: _shown(ours), b""))
        os.close(ours)
        return told.decode()


def _shown(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody holds the other end any more
        return b""
