"""Which settings of [retention] can be."""

from collections.abc import Iterator
from typing import Final

from audit.erasure.retention import LONGEST_DAYS, Retention, RetentionInvalid
from server.setting_groups import RetentionSettings

LONGEST_WAIT_DAYS: Final = 90
LONGEST_FLAG_DAYS: Final = 3_650
SHORTEST_EXPIRY_DAYS: Final = 30  # detectors, receipts and whoever looks into a complaint need that long


def retention_broken(settings: RetentionSettings) -> Iterator[str]:
    """A sentence for each rule that does not hold."""
    try:
        rule = Retention.parse(settings.default_days, settings.regions)
    except RetentionInvalid as error:
        yield f"retention.default_days and retention.regions: {error}"
        return
    if not 1 <= settings.wait_days <= LONGEST_WAIT_DAYS:
        yield f"retention.wait_days lies between 1 and {LONGEST_WAIT_DAYS}."
    if not 0 <= settings.flags_days <= LONGEST_FLAG_DAYS:
        yield f"retention.flags_days lies between 0 and {LONGEST_FLAG_DAYS}."
    customers, organisation = settings.destroy_after_days, settings.destroy_organisation_after_days
    for name, days in (("destroy_after_days", customers), ("destroy_organisation_after_days", organisation)):
        if days and not SHORTEST_EXPIRY_DAYS <= days <= LONGEST_DAYS:
            yield f"retention.{name} is 0, or lies between {SHORTEST_EXPIRY_DAYS} and {LONGEST_DAYS}."
    longest = max([rule.default_days, *rule.regions.values()])
    if 0 < customers < longest:
        yield f"retention.destroy_after_days would destroy what must be kept for {longest} days."
    if organisation and not 0 < customers <= organisation:
        yield "retention.destroy_organisation_after_days lies not below destroy_after_days, and both are set then."
