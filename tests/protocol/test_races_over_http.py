"""What is good once is good once, whoever asks at the same moment. `./run soak races` does it two hundred times."""

from pathlib import Path

import pytest

from tests.protocol.racing import BEHIND_A_PROXY, RACES, run
from tests.protocol.server_stand import stand

ROUNDS = 3


@pytest.mark.parametrize("name", RACES)
async def test_of_fifty_uses_at_once_exactly_one_succeeds(tmp_path: Path, name: str) -> None:
    async with stand(tmp_path, settings=BEHIND_A_PROXY) as server:
        await run(name, server, ROUNDS)
