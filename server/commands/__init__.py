"""What an operator types, one module for each area: options in, one call, sentences out.

Terms. A command *looks* (prints what is) or *acts* (changes something). Exit codes: 0 done; 1 looked and found
something wrong; 2 refused, nothing was changed; 3 not possible now, and the sentence says what was changed. With
`--json` standard output carries exactly one JSON document; sentences for people go to standard error.

A module here imports what it needs inside its commands: `tachiai --help` must answer at once. The root group, `cli`,
knows where each command lies and imports no module before it is asked for.
"""
