"""The live protocol: one WebSocket a page (PROTOCOL.md is the text of the law, `messages` its types).

Terms. A *ticket* lets one cookie open one socket once. A *page* is one load of a browser page. A *view* is what one
party may see of a session; an officer's view shows all live sessions.

In: `connection` reads a message, `dispatch` makes it an event for the conductor or a call to the gate. Out: the
conductor tells `fanout` that a session changed; `views` builds each party's view; each socket has a bounded queue, and
a client that does not read is dropped rather than waited for. A party's closed socket is at once a lost connection.
This package may not change a session except through the conductor.
"""
