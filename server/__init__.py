"""Composition, transport and every adapter to the outside.

Terms. A *principal* is who sent a request, told by a cookie: a customer (one session), or a staff login. A *door* is a
way in for staff: `agent` or `security`. A *view* is what one party may see of a session.

The data's way through:

    browser --HTTP--> http.routes (one table: who, whose object, request type) --> handler --one call--> domain package
    browser --WebSocket--> signalling.connection --> signalling.dispatch --event--> session.conductor
    session.conductor --Notices--> signalling.fanout --view--> every browser that looks at the session
    audit log --subscribe--> flags (detectors) --entry, row--> officers' sockets

This package translates between packages that do not know each other (verification's result becomes a session's event)
and between our types and the outside's. It may not decide: what is permitted is the law of `session`, `verification`
and `support`. Wire shapes live only in `http/` and `signalling/messages.py`, rows only in `storage/`.
"""
