"""A stolen cookie of an agent gets no badge: the key of the browser that has it is new, and asks for a proof."""

from pathlib import Path

from server.badges.issuer import request_text
from server.http.cookies import Cookies
from server.http.routing import Who
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import stand
from verification.login import FRESH_FOR_MS


async def badge(browser: Browser, session: str) -> Answered:
    signature = browser.device.sign(request_text(session, "C-2041"))
    sent = {"device_key": browser.device.jwk, "signature": signature}
    return await browser.ask("POST", f"/sessions/{session}/badge", sent)


async def test_a_key_that_is_new_to_a_sign_in_gets_a_badge_only_after_a_fresh_proof(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent, Browser(server) as thief:
        assert (await agent.sign_in("agent")).status == 201
        opened = await agent.ask("POST", "/sessions", {"case": await server.case_of("C-2041")})
        assert opened.status == 201, opened.body
        session = opened.body["session"]
        name = Cookies(secure=False).name(Who.AGENT)
        cookie = next(one.value for one in agent.session.cookie_jar if one.key == name)
        thief.session.cookie_jar.update_cookies({name: cookie})
        assert (await badge(agent, session)).status == 200
        server.clock.shift_ms += FRESH_FOR_MS
        refused = await badge(thief, session)
        assert (refused.status, refused.body["code"]) == (403, "step_up_required")
        assert (await badge(agent, session)).status == 200
        code = {"code": server.fresh_code("agent")}
        assert (await thief.ask("POST", "/staff/me/confirmations", code)).status == 204
        assert (await badge(thief, session)).status == 200
        assert (await agent.ask("GET", "/staff/me")).status == 401  # whoever proves it last has the sign-in
