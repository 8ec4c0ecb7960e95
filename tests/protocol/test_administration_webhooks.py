"""Webhooks from the host: registered with a secret that is shown once, tried for real, removed at once."""

from pathlib import Path

import pytest
from standardwebhooks import Webhook

from audit.event import EventName, Outcome
from server.administration.errors import ActRefused
from server.administration.webhook_acts import AddWebhook, ListWebhooks, RemoveWebhook, TryWebhook
from server.setting_groups import WebhooksSettings
from server.settings import Settings
from tests.protocol.administration_ways import WAYS, Way, way
from tests.protocol.outside_peers import HookPeer, answer, listening
from tests.protocol.server_stand import stand

URL = "https://hooks.example.com/tachiai"
TO_HERE = Settings(organisation="Kawa Exchange", webhooks=WebhooksSettings(networks=["127.0.0.0/8"]))


@pytest.mark.parametrize("name", WAYS)
async def test_a_webhook_is_registered_listed_and_removed_on_record(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        given = await one.do(AddWebhook(name="payments", url=URL))
        assert given.secret.startswith("whsec_")
        with pytest.raises(ActRefused, match="of this name"):
            await one.do(AddWebhook(name="payments", url=URL))
        listed = await one.do(ListWebhooks())
        assert [(line.name, line.url) for line in listed.webhooks] == [("payments", URL)]
        assert given.secret not in str(listed)
        await one.do(RemoveWebhook(name="payments"))
        assert (await one.do(ListWebhooks())).webhooks == []
        again = await one.do(AddWebhook(name="payments", url=URL))
        assert again.secret != given.secret
        events = await one.events()
    told = [(event.name, event.outcome) for event in events if ":webhook:" in event.name]
    added = [
        (EventName.OPERATOR_WEBHOOK_ADDED, outcome)
        for outcome in (Outcome.INTENT, Outcome.DONE, Outcome.INTENT, Outcome.FAILED)
    ]
    assert told == [*added, (EventName.OPERATOR_WEBHOOK_REMOVED, Outcome.DONE), *added[:2]]
    assert URL not in str(events)
    assert given.secret not in str(events)


async def test_what_cannot_be_called_is_not_registered_and_nobody_is_tried_whom_we_do_not_know(
    tmp_path: Path,
) -> None:
    async with way(tmp_path, "running") as one:
        for asked in (
            one.do(AddWebhook(name="Payments", url=URL)),
            one.do(AddWebhook(name="", url=URL)),
            one.do(AddWebhook(name="payments", url="http://hooks.example.com/")),
            one.do(AddWebhook(name="payments", url="https://127.0.0.1/")),
            one.do(AddWebhook(name="payments", url="https://10.0.0.1/")),
            one.do(RemoveWebhook(name="payments")),
            one.do(TryWebhook(name="payments")),
        ):
            with pytest.raises(ActRefused, match=r"Nothing was (added|changed)"):
                await asked
        assert (await one.do(ListWebhooks())).webhooks == []


async def test_a_registered_webhook_is_tried_and_its_receiver_can_check_the_signature(tmp_path: Path) -> None:
    async with (
        listening(HookPeer([answer(204), answer(500)])) as peer,
        stand(tmp_path, settings=TO_HERE) as server,
    ):
        one = Way(server.foundation.log_folder.parent, server)
        given = await one.do(AddWebhook(name="payments", url=f"http://127.0.0.1:{peer.port}/hook"))
        tried = await one.do(TryWebhook(name="payments"))
        assert (tried.standing, tried.tries, tried.failure) == ("sent", 1, None)
        told = Webhook(given.secret).verify(peer.calls[0].body, peer.calls[0].headers)
        assert (told["type"], told["data"]) == ("webhook.test", {"webhook": "payments"})
        assert peer.calls[0].headers["webhook-id"] == tried.message
        failed = await one.do(TryWebhook(name="payments"))
        assert (failed.standing, failed.failure) == ("waiting", "refused")
        await one.do(RemoveWebhook(name="payments"))
        kept = await server.foundation.stores.outbox.one(failed.message)
        assert kept.standing == "void"
        sent = await server.recorded(EventName.SYSTEM_MESSAGE_SENT)
        assert sent[0].facts["message"] == tried.message
