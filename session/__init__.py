"""The law of an assistance session: what may happen, in which order, and when a picture may flow.

Terms: see `model`. The data's way through:

    server (HTTP, WebSocket) --event--> conductor --step()--> (session, effects)
                                          |  order rule: log intent, row, effects, log outcome
                                          |  what takes access away: gate first, then row, then log
                                          +--> SessionStore, AuditWriter, Gate, Notices (ports)
    gate --Stamp--> leases --permitted()?--> gate.renew

Two ways in end in the same state, `joined`: an agent invites (`invitation`), or the customer asks first and an agent
accepts (`waiting`, `meeting_code`).

`model`, `events`, `effects`, `transitions` (with `moves`, `agreeing`, `waiting`, `verifying`, `presence`, `deadlines`
and `policy`), `permission`, `consent` (with `device_key`), `chat`, `guidance`, `recording` (with `told`, `waits_told`)
and `remarks` are pure: no clock, randomness or IO; the time comes in as `now` (UTC milliseconds).
`conductor` is the shell, with `giving`, `taking`, `register`, `holding`, `keeping`, `leases` and `recovery`. Nothing
here knows HTTP, SQL or how a code is checked: `server` translates.
"""
