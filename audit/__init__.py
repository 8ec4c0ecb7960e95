"""The audit log: encrypted, append-only, verifiable by outsiders, durable before anything it records takes effect.

Terms: an *event* (`event`) is what happened; an *entry* or *leaf* (`entry`) is its sealed form, one *section* a party;
a *frame* (`wal`) is what was made durable together; a *tile* or *bundle* (`tile`) is how outsiders fetch hashes and
entries; a *checkpoint* is a signed tree head; the *lockstate* is the last signed size, kept apart from the log.

The data's way through:

    append(event) -> payload -> [writer thread: seal -> frame -> fdatasync] -> caller told -> listeners
                                   `-> [publisher thread: sign -> lockstate -> tiles -> checkpoint]
    append_reducing(event) -> the same, or the emergency segment once the writer has stopped
    public/ -> verify (no key, no server)          public/ + keys.db -> reader -> opened entries

FORMAT.md is the law for bytes, DECISIONS.md for reasons. `event`, `payload`, `entry`, `tree`, `tile`, `note`,
`checkpoint` and `detectors` are pure. Nothing here imports another package of ours, asks the clock, or knows HTTP.
"""
