"""The metrics page as a scraper sees it: what is counted, and that no label names anybody or anything in particular."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from audit.event import EventName
from server.http.routes import TABLE
from server.running import showing_metrics
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "observability.md"
AN_ID = re.compile(r"[a-z]{3}_[A-Za-z0-9_-]{16,}|[0-9a-f]{16,}|\d+\.\d+\.\d+\.\d+")


class Page:
    """One scrape: (name, labels) to value."""

    def __init__(self, text: str) -> None:
        families = list(text_string_to_metric_families(text))
        self.names = {family.name for family in families}
        samples = [sample for family in families for sample in family.samples]
        self.labels = {(name, value) for sample in samples for name, value in sample.labels.items()}
        self.values = {(sample.name, *sorted(sample.labels.values())): sample.value for sample in samples}

    def value(self, name: str, *labels: str) -> float:
        return self.values[(name, *sorted(labels))]


@asynccontextmanager
async def scraper(server: Stand) -> AsyncIterator["Scrape"]:
    async with showing_metrics(server.composed, 0) as port, aiohttp.ClientSession() as session:
        yield Scrape(session, f"http://127.0.0.1:{port}/metrics")


class Scrape:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def page(self) -> Page:
        async with self._session.get(self._url) as answer:
            assert answer.status == 200
            return Page(await answer.text())


async def test_a_share_is_seen_in_the_numbers(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, scraper(server) as scrape:
        before = await scrape.page()
        assert before.value("tachiai_sessions", "sharing") == 0
        assert before.value("tachiai_session_ends_total", "customer_stopped") == 0
        assert before.value("tachiai_flags_raised_total", "replayed_code", "flag") == 0
        async with in_sharing(server) as share:
            during = await scrape.page()
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.agent_socket.view("ended")
            await server.recorded(EventName.CUSTOMER_SESSION_ENDED)
        after = await scrape.page()
    assert during.value("tachiai_sessions", "sharing") == during.value("tachiai_leases") == 1
    assert during.value("tachiai_sockets", "agent") == during.value("tachiai_sockets", "customer") == 1
    assert during.value("tachiai_log_entries_total", "customer:code:verified", "done") == 1
    assert during.value("tachiai_log_entries_total", "agent:login:started", "done") == 1
    assert during.value("tachiai_log_append_seconds_count") > 0
    assert during.value("tachiai_log_healthy") == during.value("tachiai_gate_running") == 1
    assert during.value("tachiai_gate_drops_total", "lease", "1") == 0
    verified = ("POST", "/api/v1/customer/session/verification", "2xx")
    assert during.value("tachiai_http_request_seconds_count", *verified) == 1
    assert after.value("tachiai_session_ends_total", "customer_stopped") == 1
    assert after.value("tachiai_leases") == 0
    assert during.value("tachiai_sockets_closed_total") == 0
    assert after.value("process_cpu_seconds_total") > 0
    assert after.value("process_open_fds") > 0


async def test_refusals_and_a_stopped_log_are_seen_in_the_numbers(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, scraper(server) as scrape, Browser(server) as stranger:
        wrong = {"door": "agent", "username": "nobody", "password": "wrong", "code": "000000"}
        assert (await stranger.ask("POST", "/logins", wrong)).status == 401
        page = await scrape.page()
        assert page.value("tachiai_log_entries_total", "agent:login:refused", "refused") == 1
        assert page.value("tachiai_http_request_seconds_count", "POST", "/api/v1/logins", "4xx") == 1
        server.disk.full = True
        assert (await stranger.ask("POST", "/logins", wrong)).status == 503
        await server.composed.services.checklist.findings()
        page = await scrape.page()
        assert page.value("tachiai_log_healthy") == 0
        assert page.value("tachiai_checklist_findings", "danger") >= 1


async def test_labels_are_of_closed_lists_whatever_strangers_ask_for(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, scraper(server) as scrape, Browser(server) as stranger:
        for number in range(20):
            await stranger.page(f"/stranger-path-{number}")
            await stranger.ask("POST", f"/sessions/ses_{'A' * 20}{number}/end")
        async with stranger.session.request(
            "PATCH", server.url + "/", headers={"Origin": server.url}
        ) as answer:
            assert answer.status == 405
        page = await scrape.page()
    routes = {value for name, value in page.labels if name == "route"}
    assert routes <= {route.path.replace(":.+", "") for route in TABLE} | {"none"}
    assert {value for name, value in page.labels if name == "method"} <= {
        "GET",
        "HEAD",
        "POST",
        "DELETE",
        "other",
    }
    assert [label for label in page.labels if AN_ID.search(label[1]) or "stranger-path" in label[1]] == []


async def test_every_number_is_documented_and_every_documented_number_exists(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, scraper(server) as scrape:
        names = {name for name in (await scrape.page()).names if name.startswith("tachiai_")}
    documented = set(re.findall(r"^\| `(tachiai_[a-z_]+)", DOCUMENT.read_text("utf-8"), re.MULTILINE))
    assert {name.removesuffix("_total") for name in documented} == names


async def test_each_answer_carries_a_number_of_ours_that_its_messages_carry_too(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as stranger:
        sent = {"X-Request-Id": "canary-from-outside"}
        async with stranger.session.get(server.url + "/healthz", headers=sent) as answer:
            number = answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{16}", number)
    lines = [line for line in server.written.getvalue().splitlines() if f'"request_id": "{number}"' in line]
    assert any("a request was answered" in line and '"/healthz"' in line for line in lines)
    assert "canary-from-outside" not in server.written.getvalue()
