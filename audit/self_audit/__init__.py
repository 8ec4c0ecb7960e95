"""The regular self-audit: from a log's entries and a look around to findings and figures.

Terms. A *tally* takes entries one by one, in order, and keeps figures of a *period* and what is still open. The
*surroundings* are what entries do not tell: the verifier's result, accounts, keys, weak settings. `judge` is pure: from
both to *findings*. `CHECKS` is the whole law: every check with its possible states and how grave each is. What could
not be learned is said as such, and is never called good. Of customers there are pseudonyms and counts alone.
"""
