"""Why an act was not done. Each is a sentence for the operator."""


class ActRefused(Exception):
    """Wrong or unsafe, and nothing was changed: asking again will not help."""


class CannotReach(Exception):
    """Not possible now: database, log or server does not answer. The sentence says what may have been changed."""
