"""The command line in this process: for commands that end by themselves, a hundred times faster than a new one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from server.cli import tachiai

HOST = "help.example.com"
OFFICER = ("--officer-username", "chie", "--officer-name", "Chie Tanaka")


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def tachiai_said(*arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
    """To be called where no event loop runs: commands have their own. An error that no command expects is raised."""
    result = CliRunner().invoke(tachiai, list(arguments), env=dict(environment or {}), catch_exceptions=False)
    return Ended(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True, slots=True)
class Site:
    """A folder for an instance: etc/ for settings and keys, data/ for the rest."""

    folder: Path

    @property
    def settings_file(self) -> Path:
        return self.folder / "etc" / "tachiai.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def keys(self) -> Path:
        return self.folder / "etc" / "keys"

    @property
    def kek(self) -> Path:
        return self.folder / "etc" / "kek"

    def said(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        return tachiai_said("--config", str(self.settings_file), *arguments, environment=environment)

    def first_init(self, *arguments: str, **replaced: str) -> Ended:
        """`replaced` are options by name, for instance `base_url=`; an empty one is left out."""
        usual = {
            "organisation": "Kaede Bank",
            "base_url": f"https://{HOST}",
            "data": str(self.data),
        } | replaced
        options = [f"--{name.replace('_', '-')}={value}" for name, value in usual.items() if value]
        local = [f"--set={name}=0" for name in ("http.port", "http.metrics_port", "gate.port")]
        return self.said("init", *options, *local, "--set=gate.host=127.0.0.1", *arguments)

    def files(self) -> dict[str, bytes]:
        """What lies in it, byte for byte."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}
