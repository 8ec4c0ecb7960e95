"""Everything that reports need in a running server, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.clock import TrueClock
from server.foundation import Records
from server.http.catalogues import Catalogue
from server.log_keeping.keeper import Keeper
from server.log_keeping.policy_file import read_policy
from server.log_keeping.reporting import ReportKeeper
from server.places import Places
from server.reporting.page import page_form
from server.reporting.reporter import Look, Reporter, Sources
from server.reporting.shelf import Shelf
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class ReportParts:
    reporter: Reporter
    shelf: Shelf
    keepers: Sequence[Keeper]


def reporter_of(
    records: Records, settings: Settings, places: Places, clock: TrueClock, look: Look
) -> Reporter:
    """`look` is the checklist."""
    return Reporter(
        Sources(
            log=records.log,
            log_folder=records.log_folder,
            stores=records.stores,
            clock=clock,
            look=look,
            organisation=settings.organisation,
            memory=shelf_of(settings, places).memory,
            policy=partial(read_policy, settings),
        )
    )


def shelf_of(settings: Settings, places: Places) -> Shelf:
    folder = Path(settings.report.folder) if settings.report.folder else places.reports
    return Shelf(folder, settings.report.keep)


def report_parts(
    records: Records,
    settings: Settings,
    places: Places,
    clock: TrueClock,
    look: Look,
    words: Catalogue,
    web: Path,
) -> ReportParts:
    """`words` are those of the pages' first language, `web` the web client's folder."""
    reporter, shelf = reporter_of(records, settings, places, clock, look), shelf_of(settings, places)
    days = settings.report.every_days
    keeper = ReportKeeper(reporter, shelf, page_form(web, words), records.log, clock, days)
    return ReportParts(reporter, shelf, [keeper] if days else [])
