"""All that is measured of the log, one after the other, so that nothing measured disturbs the next."""

from tests.bench import audit_append, audit_memory, audit_search, audit_verify


def main(json: bool) -> int:
    for part in (audit_append, audit_verify, audit_memory, audit_search):
        part.main(json)
    return 0
