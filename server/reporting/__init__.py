"""The self-audit's report: looked at, announced in the log, made, recorded, and only then given out.

`around` looks at what entries do not tell. `reporter` makes a report in this order: an entry says that it is being
made, log and surroundings are read, the report is rendered, an entry says that it was made, with the hash of what is
given out. `page` is the report as one HTML file without script, `charts` its pictures; `paper` is a PDF, made of a
`sheet` of words and tables. The words are in the catalogues, under `report.`; the report itself
(`audit.self_audit.report`) has none.
"""
