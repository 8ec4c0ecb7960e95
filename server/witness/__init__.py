"""A small witness: a server of its own, on somebody else's machine, that signs what other people's logs show it.

It needs no database, no key-encryption key and none of the rest of the server. `folder` holds its keys and what it
remembers; `desk` decides, one request of a log after the other; `door` is HTTP, C2SP tlog-witness to the letter;
`serving` runs it until it is told to stop. What is decided and how is `audit.witnesses`.
"""
