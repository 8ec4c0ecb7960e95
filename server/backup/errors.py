"""Why a backup, a restore or an upgrade did not take place. Each is a sentence for the operator."""


class BackupRefused(Exception):
    """Wrong use, unsafe, or not whole. Nothing was changed."""


class NotPossibleNow(Exception):
    """A disk, the database or the log does not answer. The sentence says what was changed, if anything."""
