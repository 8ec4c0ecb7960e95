"""Forgetting people, while the log that tells of them stays whole.

*Erasure*: one person's keys are destroyed and a tombstone keeps new ones from being made. *Expiry*: the keys of a whole
period are destroyed because its time is over. Neither touches a byte of the log itself, which still verifies.

What is decided here is pure: when a retention ends, which periods are over. Whose erasure may be carried out is the law
of `support.erasure`; who carries it out is the server.
"""
