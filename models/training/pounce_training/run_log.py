"""`RunLog`: the log of a run, one JSON object per line. Later stretches append to the same file."""

import json
import time
from pathlib import Path
from typing import Any


class RunLog:
    """Appends to `log.jsonl`, and prints the same."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "log.jsonl"
        self._started = time.monotonic()

    def write(self, event: str, **values: object) -> None:
        """Writes one event with the seconds since the start of this stretch."""
        line = json.dumps({"event": event, "seconds": round(time.monotonic() - self._started, 1), **values})
        print(line, flush=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def last(self, event: str, name: str, default: Any) -> Any:
        """A value of the last event of a kind, also of earlier stretches; `default` if there was none."""
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.is_file() else []
        events = [found for line in lines if (found := json.loads(line))["event"] == event]
        return events[-1][name] if events else default
