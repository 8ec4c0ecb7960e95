"""Administration from the host: who works here, customers, cases, keys, and notes of what an operator did.

Terms. An *act* is one thing that an operator asks for, a typed message. The *office* performs acts: entry first, then
rows, then effects. The *control socket* (`control.sock` in the data folder) is how commands reach a running server.

The way of a command:

    tachiai ... --act--> reaching.perform --control.sock--> control --+--> Office, in the running server
                             |                                        |
                             +-- no server runs: opens log, database -+--> Office, here

Both ways end in the same `Office`. Who asked is what the kernel says of the process at the other end, never what a
message says. While a server runs it alone writes the log: its lock decides, not a guess about who runs.
"""
