"""What is weak here now, and how to mend it. The same for `tachiai doctor` and for the officers' page.

Probes look at one thing each and give `Facts`; what a probe could not learn is None, which is never called good.
`judge` is pure: from facts to findings. `table` is the whole law: every check with its possible states and how grave
each is. The words are in the catalogues, under `check.<id>.<state>`; a finding carries only what fills their
placeholders: counts, days, file names of the operator's own machine. No names of people, no secrets.
"""
