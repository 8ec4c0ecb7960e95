"""`tachiai demo`: everything on this machine, with invented people, loudly marked."""

import base64
import contextlib
import os
import ssl
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from server import listening, logs
from server.certificate import self_signed
from server.clock import SystemClock
from server.demo import ORGANISATION, ORIGIN, DemoData, mark_folder
from server.demo_accounts import Account, DemoDesk
from server.foundation import Foundation, opened
from server.gate_place import chosen_gate
from server.http.origin import site_for
from server.installation import web_folder
from server.keys import make_post_quantum, open_or_create
from server.places import demo_places
from server.plan import Plan
from server.serving import Doors, serving, until_told_to_stop
from server.setting_groups import WebhooksSettings
from server.setting_rules import LOCAL_NAMES
from server.settings import Settings
from session.media.settings import GateSettings
from verification.passwords import Passwords

_log: Final = structlog.get_logger("demo")


@dataclass(frozen=True, slots=True)
class _Place:
    base_url: str
    local: bool
    tls: ssl.SSLContext | None
    fingerprint: str | None


async def run_demo(settings: Settings, *, as_json: bool) -> None:
    """Until SIGTERM or SIGINT. Raises the refusals of what it opens; each is a sentence."""
    logs.configure(settings.log_level)
    settings = _of_the_demo(settings)
    clock, web, places = SystemClock(), web_folder(), demo_places(settings)
    mark_folder(places.data)
    with (
        listening.bound(settings.http.host, settings.http.port) as sockets,
        until_told_to_stop() as stop,
        contextlib.closing(Passwords()) as passwords,
    ):
        place = _place(settings, places.data, listening.port_of(sockets), clock.now_ms())
        keys = open_or_create(places.keys.log_signing_key.parent, places.keys)
        if settings.log.post_quantum:
            make_post_quantum(keys.log_signing_key, ORIGIN)
        gate = _gate(settings, place)
        async with opened(places, keys, gate=gate, clock=clock, made_as=ORIGIN) as foundation:
            desk = await DemoData(
                foundation.stores, foundation.log, keys, passwords, clock.now_ms()
            ).prepare()
            site = site_for(place.base_url, also_local=True)
            plan = Plan(
                settings=settings,
                places=places,
                keys=keys,
                site=site,
                web=web,
                passwords=passwords,
                demo=desk,
            )
            async with serving(foundation, plan, Doors(sockets, place.tls), clock):
                _log.warning(
                    "the demo's keys lie beside its data, and its accounts are public", data=str(places.data)
                )
                _say(_ready(place, foundation, desk) if as_json else _welcome(place, places.data))
                await stop.wait()


def _of_the_demo(settings: Settings) -> Settings:
    """Webhooks may go to this machine: whoever tries them has their receiver there."""
    webhooks = settings.webhooks if settings.webhooks.networks else WebhooksSettings(networks=["127.0.0.0/8"])
    return msgspec.structs.replace(
        settings, organisation=settings.organisation or ORGANISATION, webhooks=webhooks
    )


def _place(settings: Settings, data: Path, port: int, now: int) -> _Place:
    host = settings.http.host
    if host in LOCAL_NAMES:
        return _Place(f"http://localhost:{port}", local=True, tls=None, fingerprint=None)
    name = listening.own_address(host)
    certificate = self_signed(data / "keys", name, now)
    shown = f"[{name}]" if ":" in name else name
    return _Place(
        f"https://{shown}:{port}", local=False, tls=certificate.context, fingerprint=certificate.fingerprint
    )


def _gate(settings: Settings, place: _Place) -> GateSettings:
    chosen = chosen_gate(settings)
    if place.local or chosen.advertised:
        return chosen
    reached_by = listening.own_address(settings.http.host)
    return replace(chosen, bind_host=settings.http.host, second_host="", advertised=(reached_by,))


def _ready(place: _Place, foundation: Foundation, desk: DemoDesk) -> str:
    """One line of JSON for programs that drive the demo."""
    staff = {account.username: account for account in desk.known if account.username}
    customers = [account for account in desk.known if account.door == "customer"]
    line: dict[str, Any] = {
        "base_url": place.base_url,
        "agent": _staff(staff["agent"]),
        "agent2": _staff(staff["agent2"]),
        "customer": _customer(customers[0]),
        "customers": [_customer(account) for account in customers],
        "officer": _staff(staff["officer"]),
        "officer2": _staff(staff["officer2"]),
        "log": {"folder": str(foundation.log_folder), "verifier_key": foundation.log.verifier_key},
        "pid": os.getpid(),
        "gate_pid": foundation.process.pid,
    }
    if place.fingerprint:
        line["certificate_sha256"] = place.fingerprint
    return msgspec.json.encode(line).decode()


def _welcome(place: _Place, data: Path) -> str:
    lines = [
        "",
        "  Tachiai DEMO: invented people, public passwords, no real data.",
        "",
        f"    Start here       {place.base_url}/demo",
        f"    Agent            {place.base_url}/agent",
        f"    Security officer {place.base_url}/security",
        "",
        f"  Data: {data}   (delete the folder to start over)",
        "  Stop: Ctrl+C",
    ]
    if place.fingerprint:
        lines += [
            "",
            "  Reachable from other machines. The certificate is self-signed; its SHA-256 is",
            f"  {place.fingerprint}",
        ]
    return "\n".join(lines) + "\n"


def _staff(account: Account) -> dict[str, str | None]:
    return {
        "username": account.username,
        "password": account.password,
        "totp_secret": _base32(account.secret),
    }


def _customer(account: Account) -> dict[str, str | None]:
    return {
        "name": account.name,
        "reference": account.reference,
        "case_reference": account.case_reference,
        "totp_secret": _base32(account.secret),
    }


def _base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
