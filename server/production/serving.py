"""`tachiai serve`: an instance that `init` made, served until told to stop."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import structlog

from audit.opening import origin_of
from server import listening, logs
from server.clock import SystemClock
from server.foundation import Foundation, opened
from server.gate_place import chosen_gate
from server.http.origin import site_for
from server.installation import web_folder
from server.keys import make_post_quantum, open_keys
from server.log_keeping.policy_file import read_policy
from server.plan import Plan
from server.production.certificate import Certificate, CertificateRefused
from server.production.safety import safe_places
from server.production.service_manager import ServiceManager
from server.production.warnings import warnings
from server.serving import Doors, on_signal, serving, until_told_to_stop
from server.settings import Settings, secret_place, service_variables
from server.tasks import Tasks
from session.ports import Clock
from verification.passwords import Passwords

_log: Final = structlog.get_logger("server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What whoever started it may want to know. `listening` is what was bound: a port 0 has become one."""

    base_url: str
    listening: str
    data: str
    verifier_key: str
    pid: int
    gate_pid: int | None


async def serve(settings: Settings, tell: Callable[[Ready], None]) -> None:
    """Until SIGTERM or SIGINT; SIGHUP reads the certificate anew. `tell` is called once requests are answered. Raises
    what `refusals` lists: then nothing was served, and nothing was made."""
    logs.configure(settings.log_level)
    clock, web, manager = SystemClock(), web_folder(), ServiceManager(service_variables())
    places = safe_places(settings)
    read_policy(settings)
    keys = open_keys(places.keys)
    if settings.log.post_quantum:
        make_post_quantum(keys.log_signing_key, origin_of(keys.log_signing_key))
    certificate = _certificate(settings, clock)
    site = site_for(settings.http.base_url, behind_proxy=certificate is None)
    with (
        listening.bound(settings.http.host, settings.http.port) as sockets,
        until_told_to_stop() as stop,
        contextlib.closing(Passwords()) as passwords,
    ):
        async with opened(places, keys, gate=chosen_gate(settings), clock=clock) as foundation:
            plan = Plan(settings=settings, places=places, keys=keys, site=site, web=web, passwords=passwords)
            doors = Doors(sockets, certificate.context if certificate else None)
            bound = f"{settings.http.host}:{listening.port_of(sockets)}"
            async with serving(foundation, plan, doors, clock), contextlib.AsyncExitStack() as leaving:
                tasks = Tasks()
                leaving.push_async_callback(tasks.close)
                tasks.start(manager.stay_alive(), name="watchdog")
                leaving.enter_context(_reloading(certificate, manager))
                for sentence in warnings(settings, places):
                    _log.warning("a setting could be safer", sentence=sentence)
                tell(_ready(settings, foundation, bound))
                manager.ready()
                await stop.wait()
                manager.stopping()


def _certificate(settings: Settings, clock: Clock) -> Certificate | None:
    if not settings.tls.certificate:
        return None
    host = urlsplit(settings.http.base_url).hostname or ""
    return Certificate(secret_place(settings.tls.certificate), secret_place(settings.tls.key), host, clock)


@contextlib.contextmanager
def _reloading(certificate: Certificate | None, manager: ServiceManager) -> Iterator[None]:
    def reload() -> None:
        manager.reloading()
        try:
            if certificate is not None:
                certificate.reload()
                _log.info("the certificate was read anew")
        except CertificateRefused as error:
            _log.error("the former certificate stays in use", sentence=str(error))
        manager.ready()

    with on_signal(signal.SIGHUP, reload):
        yield


def _ready(settings: Settings, foundation: Foundation, bound: str) -> Ready:
    return Ready(
        base_url=settings.http.base_url,
        listening=bound,
        data=str(foundation.log_folder.parent),
        verifier_key=foundation.log.verifier_key,
        pid=os.getpid(),
        gate_pid=foundation.process.pid,
    )
