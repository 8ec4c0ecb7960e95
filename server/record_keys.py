"""The keys of rows in the database, out of the log's key store."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from audit.keystore import Keystore, KeystoreFailed, KeyUnavailable
from server.storage.database import DatabaseUnavailable


class LogRecordKeys:
    """Implements server.storage.sealed.RecordKeys."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore

    def made(self, subjects: Collection[str]) -> Mapping[str, bytes]:
        with _told_plainly():
            return {subject: key.secret for subject, key in self._keystore.make_record_keys(subjects).items()}

    def found(self, subjects: Collection[str]) -> Mapping[str, bytes]:
        with _told_plainly():
            return {subject: key.secret for subject, key in self._keystore.find_record_keys(subjects).items()}

    def erased(self, subject: str) -> bool:
        with _told_plainly():
            return self._keystore.erased(subject)


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except (KeystoreFailed, KeyUnavailable) as error:
        raise DatabaseUnavailable(f"the keys of customers' records cannot be used: {error}") from error
