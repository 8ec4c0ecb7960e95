"""The customer's own page, `/me`, behind HTTP.

A *hand-off* is how the organisation's own site, where the customer is signed in, sends them here: good once, for two
minutes (`door`). *Contact* is what the page is for first: are these people talking to me right now (`contact`). An
*access* is an entry of the log that says who of the organisation looked at this customer, and why (`history`). A
*copy* is all that is known about them, for them (`copies`).

Everything here is asked for by a signed-in customer and answers about that customer alone: what is another's does not
exist. Nothing of it tells a stranger whether somebody is a customer.
"""
