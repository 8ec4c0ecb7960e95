"""What servers share beside the database: counters and one-use tickets. Hints and limits, never the truth.

Terms. A *counter* says how often something under one name may still happen (`verification.throttle.Rate`). A
*ticket* lets one socket be opened, once, within 15 seconds, by whoever holds the cookie that asked for it.

The data's way through: `http` and `signalling` ask the ports; `in_process` answers from this process's memory. An
implementation that is shared by many servers joins behind the same ports. What cannot be counted is refused: limits
fail closed. Nothing here may decide about a session or a customer.
"""
