"""Forward-secure seals: who takes over the machine today cannot write anew what was there before today.

Terms: an *epoch* is a stretch of the log's life with a signing key of its own; a *seal* is that key's signature over
the tree at the epoch's end, made just before the key is destroyed; a *genesis* begins a chain of them, under the log's
own key; a *restart* is a genesis that is not the first, because the epoch's key was lost.

    [publisher thread] sealing (when) -> chain (how, crash-safe) -> public/seals -> checking (no key, no clock)

`record` and `checking` are pure. FORMAT.md section 12 is the law for bytes.
"""
