"""What leaves the log opened: records, in several formats (FORMAT.md, section 19).

Terms: a *record* (`record`) is an opened entry in the one shape that page, file and syslog share; a *selection*
(`selection`) says which entries are asked for; a *format* (`formats`) writes a record as one line; the *ending*
(`ending`) is a file's last line, without which it was cut.

    OpenedEntry -> record -> jsonl | ocsf | cef line -> file         pure
    record -> cef | json -> syslog -> octets for a collector         pure
    leaves, secrets, proofs, seals -> evidence -> one file, checked by whoever has the log's key

What was erased or sealed leaves as that, and never silently. Nothing here imports another package of ours, asks the
clock, or knows HTTP.
"""
