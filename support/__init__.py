"""The desk: customers, cases, staff, and the rule that nothing about a customer opens without a live case.

Terms. A *case* is the reason for a contact; it is *live* while it is open, assigned to this agent and was active within
eight hours. A *provisional* case was opened by an agent and shows only the reference that the agent typed, until the
customer joins and verifies. A *record* is what a case shows of its customer: every field masked; to see one is to
*unmask* it, which is an entry in the log of its own.

The data's way through:

    server (agent's page) --case id--> desk --case_rule.may_open()--> refused: entry, CaseRefused
                                        |                         --> allowed: entry, then the masked record
                                        +--> CaseStore, CustomerStore (ports), audit.ports.AuditWriter
    server (leases) --case id, agent--> live_desk  --> True | False, at once

The order rule holds here as *entry first, data second*: if the log does not take the entry, nothing is shown.
`case_rule` and `masking` are pure. This package knows no session, code, HTTP or SQL, and imports only `audit`.
"""
