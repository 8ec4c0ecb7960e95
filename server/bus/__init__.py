"""What servers share beside the database: limits, one-use tickets, who is present, and a bell. Never the truth.

Terms. A *counter* says how often something under one name may still happen (`verification.throttle.Rate`). A *ticket*
lets one socket be opened, once, within 15 seconds, by whoever holds the cookie that asked for it. A server's *presence*
is its lease on the bus: renewed four times a second, void ten seconds after the last renewal. A *home* is the one
server that moves a session: the one that opened it, for as long as it is present. A *run* is one life of the bus: a
Redis that restarts, or another one that takes over, has a run of its own. The *bell* says "look again", no more.

What is shared, and how.
- Counters of guesses and tickets lie on the bus, and each question is one atomic step there. What only protects a
  server's own work (requests and files of one source) is counted by that server itself, so that whoever takes
  access away by a request is heard while the bus is silent.
- Ends (of a sign-in, of a session that another server moves, a block, a claim, a used code) lie in the database before
  anybody is told. Every server reads them there four times a second, and at once when the bell rings: a bell that
  nobody hears delays, and loses nothing.
- A server grants, and keeps pictures alive, only while its *membership* is fresh (`server.membership`): the bus and the
  database have both answered within 1.75 seconds, under the run that the database names as the one in charge. No
  lease of the gate outlives that knowledge, so a bus that hangs, dies or is cut off ends every picture within 2 s.
- Requests and sockets of a session are served by its home; another server refuses them (421) and may only end the
  session, by its row.

Failover. The database keeps the runs in order, each named once. A server that meets another run than before is a member
of nothing until the database has taken that run as the latest, it holds all its sessions under it, and it has read
all ends again. A run that was followed by another never counts again: whoever still asks the old Redis is dark.
What the bus forgot is made anew from what servers hold; limits begin anew; open tickets are void.

The data's way: `http` and `signalling` ask the ports; `in_process` answers from this process's memory, `redis_*` from
a Redis that several servers ask. What cannot be counted, redeemed or claimed is refused: everything fails
closed. Nothing here may decide about a session or a customer, and names are kept as hashes: no address and no id
of a person can be read on the bus.
"""
