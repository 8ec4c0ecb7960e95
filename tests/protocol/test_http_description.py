"""The description of the interface is a valid one, and tells of each route what can come back."""

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from server.http import openapi
from server.http.routes import table
from server.http.routing import Kind
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import stand


def described(*, demo_routes: bool = False) -> dict[str, Any]:
    return openapi.document(table(demo_routes=demo_routes), secure=True, version="1")


@pytest.mark.parametrize("demo_routes", [False, True])
def test_the_description_is_a_valid_one(demo_routes: bool) -> None:
    validate(described(demo_routes=demo_routes))


def test_every_route_of_the_interface_is_described_with_its_refusals() -> None:
    paths = described()["paths"]
    for route in table(demo_routes=False):
        if route.kind is not Kind.INTERFACE:
            assert route.kind is Kind.SOCKET or route.path not in paths
            continue
        responses = paths[route.path][route.method.lower()]["responses"]
        assert str(route.status) in responses
        assert "429" in responses, "nobody may ask without end"
        assert "default" not in responses
        if not route.open_to_all:
            assert {"401", "403", "503"} <= responses.keys(), route.path
        if route.request is not None:
            assert {"400", "413", "415", "422"} <= responses.keys(), route.path
        refusals = [answer for status, answer in responses.items() if status >= "400" and status != "503"]
        assert all("application/problem+json" in answer["content"] for answer in refusals)


async def test_the_description_that_is_served_is_that_of_the_table(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, Browser(server) as browser:
        answer = await browser.ask("GET", "/openapi.json")
        assert answer.status == 200
        assert answer.body["paths"].keys() == described()["paths"].keys()
        validate(answer.body)
