"""The TURN server beside the gate, for networks that let no plain UDP through.

Terms. A *relay* is what a page is told of it: its URLs, and a user name and password made for one party of one session.
The TURN server itself (coturn) is another program; its configuration is deploy/coturn/turnserver.conf. Both hold one
*shared secret*, and nothing is said between them: it makes the same password out of the user name that a page brings.

In: sessions as they change. Out: relays for views, and nothing else; the secret leaves this package only as an HMAC.
"""
