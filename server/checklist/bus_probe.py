"""Asks the Redis that servers share what it is."""

from server.bus.ports import BusUnavailable
from server.bus.settings import RedisSettings
from server.bus_parts import place_of
from server.checklist.facts import Bus, BusState
from server.settings import SettingsRefused

KEEPS_ALL = "noeviction"


async def look_at_bus(settings: RedisSettings) -> Bus:
    if not settings.url:
        return Bus(state=BusState.NONE)
    from server.bus.redis_client import describe  # noqa: PLC0415  # see bus_parts

    try:
        found = await describe(place_of(settings))
    except (BusUnavailable, SettingsRefused):
        return Bus(state=BusState.SILENT)
    if found.old:
        return Bus(state=BusState.OLD, version=found.version)
    state = BusState.ANSWERS if found.eviction == KEEPS_ALL else BusState.FORGETS
    return Bus(state=state, version=found.version, eviction=found.eviction)
