"""What a verification is made of. `audit.verify` puts the parts together.

A *source* is where a log's public part is read from: a folder, or an address. *Evidence* is what lies there, believed
in nothing. *Rows* are the hashes that the signed root proves. The *tree check* holds every file against them, the
*entry laws* hold the entries against each other, and the *private* part, where it is at hand, is compared with both.
A *memory* is what a verifier keeps between two looks.
Nothing here writes into a log, holds a key that opens anything, or imports what a server is made of.
"""
