"""`TaskList`: what the teacher is asked to write, from `tasks.toml`."""

import random
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_CODE_ONLY = "Answer with code only, without an explanation."


@dataclass(frozen=True)
class Task:
    """A program that is wanted."""

    language: str
    """The corpus's name of it."""
    request: str
    """The sentence that the teacher is asked."""


class TaskList:
    """The tasks of every language."""

    def __init__(self, path: Path) -> None:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        self._forms, self._manners = raw["forms"], raw["manners"]
        self._names = {language: it["name"] for language, it in raw["languages"].items()}
        self._shares = {language: it["share"] for language, it in raw["languages"].items()}
        self.requests: dict[str, list[str]] = defaultdict(list)
        """The requests of each language, with `{form}` still in them."""
        for group in raw["groups"]:
            for language in group["languages"].split():
                for task in group["tasks"].strip().split("\n"):
                    name = self._names[language]
                    self.requests[language].append(group["request"].replace("{language}", name).replace("{task}", task))

    def draw(self, n_tasks: int, rng: random.Random) -> list[Task]:
        """Draws tasks: the language by its share, then one of its requests, in one of the forms and manners."""
        languages = rng.choices(list(self._shares), list(self._shares.values()), k=n_tasks)
        return [Task(language, self._request(language, rng)) for language in languages]

    def _request(self, language: str, rng: random.Random) -> str:
        request = rng.choice(self.requests[language]).replace("{form}", rng.choice(self._forms))
        return " ".join(it for it in (request, rng.choice(self._manners), _CODE_ONLY) if it)
