"""The demo's accounts, with the codes that their apps would show now. These routes exist in the demo only."""

from server.http.routing import Call
from server.http.shapes import DemoAccount
from server.problems import not_found


async def accounts(call: Call) -> list[DemoAccount]:
    if call.services.demo is None:
        raise not_found()
    return call.services.demo.accounts(call.now)
