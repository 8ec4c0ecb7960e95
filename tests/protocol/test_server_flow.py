"""The main job over HTTP and the live protocol, from sign-in to the end, on a real log and database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from session.identity import SessionId
from tests.protocol.key_shares import send_offer
from tests.protocol.server_people import Browser, Customer, in_ready, in_sharing, in_verifying
from tests.protocol.server_stand import Stand, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def test_a_customer_shares_and_every_step_is_on_record(server: Stand) -> None:
    async with in_sharing(server) as share:
        assert server.gate.forwarding(SessionId(share.session))
        seen = await share.agent_socket.view("sharing")
        assert seen["media_may_flow"]
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        ended = await share.agent_socket.view("ended")
        assert ended["end"]["cause"] == "customer_stopped"
        assert not server.gate.forwarding(SessionId(share.session))
        assert (await share.customer_socket.next("bye"))["reason"] == "ended"
    await server.recorded(EventName.CUSTOMER_SESSION_ENDED)
    done = [
        event.name
        for event in await server.events()
        if event.session == share.session and event.outcome is Outcome.DONE
    ]
    coming = {EventName.AGENT_PAGE_CONNECTED, EventName.CUSTOMER_PAGE_CONNECTED}
    assert set(done) >= coming
    assert [name for name in done if name not in coming] == [
        EventName.AGENT_SESSION_OPENED,
        EventName.AGENT_BADGE_ISSUED,
        EventName.CUSTOMER_INVITATION_CLAIMED,
        EventName.CUSTOMER_BADGE_SHOWN,
        EventName.CUSTOMER_BADGE_ACCEPTED,
        EventName.CUSTOMER_CODE_VERIFIED,
        EventName.CUSTOMER_CONSENT_GRANTED,
        EventName.SYSTEM_KEYS_AGREED,
        EventName.CUSTOMER_SHARE_STARTED,
        EventName.CUSTOMER_SESSION_ENDED,
    ]


async def test_the_agent_learns_the_customers_name_only_once_they_are_verified(server: Stand) -> None:
    async with in_verifying(server) as share:
        masked = (await share.agent_socket.view("verifying"))["customer_label"]
        assert "Sato" not in masked
        await share.customer.type_code()
        assert (await share.agent_socket.view("consenting"))["customer_label"] == "Haruto Sato"


async def test_no_view_of_the_agent_holds_the_proposal_or_the_attempts(server: Stand) -> None:
    async with in_ready(server) as share:
        await share.agent_socket.view("ready")
        views = [message["view"] for message in share.agent_socket.got if "view" in message]
        assert views
        assert not any({"proposal", "code_attempts_left"} & view.keys() for view in views)


async def test_five_wrong_codes_end_the_session(server: Stand) -> None:
    async with in_verifying(server) as share:
        left = [(await share.customer.type_code("000000")).body for _ in range(5)]
        assert [answer["attempts_left"] for answer in left] == [4, 3, 2, 1, 0]
        assert {answer["outcome"] for answer in left} == {"refused"}
        assert (await share.agent_socket.view("ended"))["end"]["cause"] == "verification_failed"


async def test_a_code_of_another_shape_is_refused_without_a_count(server: Stand) -> None:
    async with in_verifying(server) as share:
        for typed in ("12345", "１２３４５６", "abcdef", "1234567"):
            answer = await share.customer.type_code(typed)
            assert (answer.status, answer.body["outcome"], answer.body["attempts_left"]) == (
                200,
                "refused",
                5,
            )


async def test_no_code_is_taken_outside_verifying(server: Stand) -> None:
    async with in_ready(server) as share:
        answer = await share.customer.type_code()
        assert (answer.status, answer.body["code"]) == (409, "not_now")


async def test_the_spoken_code_leads_in_and_works_once(server: Stand) -> None:
    async with Browser(server) as agent, Customer(server) as customer, Customer(server) as late:
        await agent.sign_in("agent")
        opened = await agent.open_session()
        assert (await customer.claim(opened["invitation"], by_code=True)).status == 201
        refused = await late.claim(opened["invitation"])
        assert (refused.status, refused.body["code"]) == (404, "invitation_refused")


async def test_a_consent_signed_by_another_key_is_refused_and_recorded(server: Stand) -> None:
    async with in_verifying(server) as share, Customer(server) as stranger:
        await share.customer.type_code()
        proposal = (await share.customer_socket.view("consenting"))["proposal"]
        document = share.customer.document(proposal)
        answer = await share.customer.ask(
            "POST",
            "/customer/session/consent",
            {"document": document, "signature": stranger.key.sign(document)},
        )
        assert (answer.status, answer.body["code"]) == (422, "consent_refused")
        events = await server.recorded(EventName.CUSTOMER_CONSENT_REFUSED)
        assert [event.facts["reason"] for event in events] == ["signature_invalid"]


async def test_signing_out_darkens_and_ends_the_agents_session(server: Stand) -> None:
    async with in_sharing(server) as share:
        assert (await share.agent.ask("DELETE", "/logins/current")).status == 204
        assert not server.gate.forwarding(SessionId(share.session))
        assert (await share.customer_socket.view("ended"))["end"]["cause"] == "agent_signed_out"
        assert (await share.agent.ask("GET", "/cases")).status == 401


async def test_an_officer_sees_the_session_and_ends_it(server: Stand) -> None:
    async with in_sharing(server) as share, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        async with officer.socket(purpose="oversight") as oversight:
            shown = oversight.got[0]["view"]["sessions"]
            assert [(row["session"], row["state"]) for row in shown] == [(share.session, "sharing")]
            answer = await officer.ask("POST", f"/security/sessions/{share.session}/end")
            assert answer.status == 204
            assert not server.gate.forwarding(SessionId(share.session))
            while (await oversight.next("state"))["view"]["sessions"]:
                continue
        assert (await share.customer_socket.view("ended"))["end"]["cause"] == "officer_ended"


async def test_the_officers_log_page_shows_entries_and_records_the_reading(server: Stand) -> None:
    async with in_verifying(server), Browser(server) as officer:
        await officer.sign_in("officer", "security")
        page = (await officer.ask("GET", "/security/log?limit=5")).body
        assert len(page["entries"]) == 5
        assert page["entries"][-1]["name"] == "officer:login:started"
        assert [event.name for event in await server.events()][-1] is EventName.OFFICER_LOG_READ
        older = (await officer.ask("GET", f"/security/log?before={page['entries'][0]['index']}&limit=2")).body
        assert [entry["index"] for entry in older["entries"]] == [
            page["entries"][0]["index"] - 2,
            page["entries"][0]["index"] - 1,
        ]
        integrity = (await officer.ask("GET", "/security/log/integrity")).body
        assert integrity["exit_code"] == 0, integrity


async def test_an_officer_reads_one_sessions_entries_alone_back_to_its_opening(server: Stand) -> None:
    async with in_verifying(server) as first, Browser(server) as officer:
        await first.agent_socket.send({"type": "session.leave"})
        await first.agent_socket.view("ended")
        async with in_verifying(server) as second:
            await officer.sign_in("officer", "security")
            for session in (first.session, second.session):
                page = (await officer.ask("GET", f"/security/log?session={session}")).body
                entries = page["entries"]
                assert {entry["session"] for entry in entries} == {session}
                assert (entries[0]["name"], entries[0]["outcome"]) == ("agent:session:opened", "intent")
                assert {entry["intent"] for entry in entries if entry["outcome"] == "done"} & {
                    entries[0]["index"]
                }
                assert page["read_from"] == 0
            older = (await officer.ask("GET", f"/security/log?session={second.session}&before=1")).body
            assert (older["entries"], older["read_from"]) == ([], 0)
            for other in ("ses_", "cas_AAAAAAAAAAAAAAAAAAAAAA", first.session + "A", "..."):
                refused = await officer.ask("GET", f"/security/log?session={other}")
                assert (refused.status, refused.body["code"]) == (422, "does_not_fit")


async def test_a_code_used_twice_is_flagged_to_officers(server: Stand) -> None:
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        async with in_verifying(server) as first:
            code = server.fresh_code("K-30518")
            assert (await first.customer.type_code(code)).body["outcome"] == "verified"
            await first.customer_socket.send({"type": "consent.decline"})
            await first.customer_socket.view("ended")
        async with officer.socket(purpose="oversight") as oversight, in_verifying(server) as second:
            answer = await second.customer.type_code(code)
            assert answer.body["outcome"] == "refused"
            while not (flags := (await oversight.next("state"))["view"]["flags"]):
                continue
            assert flags[0]["detector"] == "replayed_code"
            assert flags[0]["target"] == flags[0]["session"] == second.session
            assert (flags[0]["agent"]["number"], flags[0]["case_reference"]) == ("A-104", "C-2041")


async def test_a_pause_darkens_and_a_resume_grants_anew(server: Stand) -> None:
    async with in_sharing(server) as share:
        session = SessionId(share.session)
        await share.customer_socket.send({"type": "share.pause", "by": "agent"})
        assert (await share.customer_socket.next("problem"))["of"] == "share.pause"
        await share.customer_socket.send({"type": "share.pause", "by": "muted"})
        await share.agent_socket.view("paused")
        assert not server.gate.forwarding(session)
        (entry,) = await server.recorded(EventName.CUSTOMER_SHARE_PAUSED)
        assert entry.facts["by"] == "muted"
        await share.customer_socket.send({"type": "share.resume"})
        await share.agent_socket.view("sharing")
        server.gate.offer_stamps()
        assert (await share.agent_socket.next("beat"))["at_ms"]
        assert server.gate.forwarding(session)


async def test_a_closed_customers_page_interrupts_at_once(server: Stand) -> None:
    async with in_sharing(server) as share:
        await share.customer_socket.connection.close()
        view = await share.agent_socket.view("interrupted")
        assert not view["customer_present"]
        assert not server.gate.forwarding(SessionId(share.session))


async def test_an_agents_page_loaded_anew_asks_the_customers_page_to_connect_anew(server: Stand) -> None:
    async with in_sharing(server) as share, share.agent.socket(session=share.session) as again:
        assert (await share.agent_socket.next("bye"))["reason"] == "taken_over"
        assert await share.agent_socket.closed() == 4409
        await share.customer_socket.next("media.restart")
        await send_offer(share)
        await again.next("media.offer")
