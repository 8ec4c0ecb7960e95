"""Receipts: what a person holds in hand of an entry about them (FORMAT.md, section 14).

Terms: a *proof* (`tlog_proof`) ties an entry to a signed tree head; a *receipt* (`receipt`) is a proof with the leaf
and the secret of one section; the *statement* (`statement`, `consent`) is what that section says once it is opened.

    leaf, secret, proof, checkpoint -> making -> bytes            pure
    bytes, keys from outside -> checking -> Checked               pure; never believes what a file says of itself
    running log -> source -> bytes                                reads tiles and one data key

Nothing here imports another package of ours, asks the clock, or knows HTTP. A page checks the same by the same document
(`web_client/receipts`), and both are held to one file of vectors.
"""
