"""HTTP: pages, the interface under /api/v1, and what guards both.

Terms. A *route* is a row of `routes.TABLE`: method, path, handler, who may ask, whose object the path names, request
and answer types. A *problem* is an error answer (RFC 9457). A *guard* decides before a handler runs: host, origin,
limits, principal, ownership.

A request's way: problems -> headers -> host and origin -> route's guard (principal, role, owner, body) -> handler ->
answer. Handlers parse nothing and decide nothing: a typed request comes in, one call is made, a typed answer goes out.
Fail closed: a request that no guard has passed reaches no handler, and an error that nobody expected says nothing.
"""
