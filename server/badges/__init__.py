"""Badges: who signs them, under what conditions, and how customers' pages learn whose signature to believe.

Terms. The *issuer* holds the badge key and nothing else; it is a port (`issuer.Issuer`) with two homes: in this very
process, or one of its own (`tachiai badge-issuer`) that a server reaches through a UNIX socket. The *desk* is the
server's side: it asks for a badge when an agent's page has proved its device key and its sign-in is fresh, tells the
law of the session, and publishes the issuer's public keys, each in the log before it is served.

    agent's page --device key, signature--> desk --Asserting--> desk --IssueRequest--> issuer --signed document--> desk
    desk --BadgeIssued--> conductor --view--> customer's page, which checks it with /.well-known/tachiai-badge-keys
"""
