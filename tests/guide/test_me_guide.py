"""docs/me.md: its commands run, and its two pieces of code send a customer to their page."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from server.administration.acts import CreateKey
from server.administration.handoff_acts import AddSigner, ListSigners
from tests.protocol.administration_ways import Way
from tests.protocol.me_people import enter
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand

WITHIN_S = 60


def piece(root: Path, name: str) -> Callable[..., str]:
    """The guide's function, as a reader would paste it."""
    text = (root / "docs" / "me.md").read_text("utf-8")
    found = re.search(rf"^```python {name}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    names: dict[str, Callable[..., str]] = {}
    exec(found[1], names)  # noqa: S102  # what the guide says is what is tried
    return names["own_page"]


async def opens(server: Stand, url: str) -> str:
    """Whose page it is."""
    address, _, token = url.partition("#t=")
    assert address == f"{server.url}/me"
    async with Browser(server) as browser:
        answer = await enter(browser, token)
        assert answer.status == 201, answer.body
        return str(answer.body["reference"])


async def test_the_guides_code_sends_a_customer_to_their_page_both_ways(root: Path, tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        operator = Way(tmp_path, server)
        key = (await operator.do(CreateKey(name="site", scopes=["handoffs:write"], days=1))).token
        url = await asyncio.to_thread(piece(root, "ask"), server.url, key, "K-30518")
        assert await opens(server, url) == "K-30518"
        private = made_as_the_guide_says(tmp_path)
        await operator.do(AddSigner(content=(tmp_path / "site.pub").read_text("ascii")))
        assert [line.algorithm for line in (await operator.do(ListSigners())).keys] == ["EdDSA"]
        assert await opens(server, piece(root, "sign")(server.url, private, "K-30877")) == "K-30877"


def made_as_the_guide_says(folder: Path) -> str:
    for command in (
        "openssl genpkey -algorithm ed25519 -out site.key",
        "openssl pkey -in site.key -pubout -out site.pub",
    ):
        subprocess.run(command.split(), cwd=folder, check=True, timeout=WITHIN_S)
    return (folder / "site.key").read_text("ascii")


def test_every_command_of_the_guide_is_one(root: Path) -> None:
    text = (root / "docs" / "me.md").read_text("utf-8")
    commands = re.findall(r"^tachiai ([a-z-]+) ([a-z-]+)", text, re.MULTILINE)
    assert {("key", "create"), ("handoff-key", "add"), ("handoff-key", "list")} <= set(commands)
    for group, name in commands:
        said = subprocess.run(
            [sys.executable, "-m", "server", group, name, "--help"],
            cwd=root,
            capture_output=True,
            check=False,
            timeout=WITHIN_S,
        )
        assert said.returncode == 0, (group, name)
