"""What leaves for the outside and must arrive: mails to customers, webhooks to the organisation's own systems.

Terms. A *message* is one mail to one address or one call of one endpoint. It is *queued* with a `once` key: whoever
queues the same act twice has queued it once. A *try* is one attempt at sending it; after its last day a message is
*dead*, which officers see. An *endpoint* is a webhook's receiver, registered by the operator under a name.

The data's way through. An act queues its message in the transaction that writes the act, or after it; from then on it
survives a crash. One server at a time sends (a lease in the database), counts the try, sends, and marks the message
sent. A crash between the last two sends again: *at least once*, always under the same id, by which a receiver tells
the second copy (`Message-ID` of a mail, `webhook-id` of a call).

What a message says about a person is sealed under that person's key as in every other row, is taken out once it is
sent, and goes with an erasure. No log line, entry or metric names an address or says anything out of a message.
"""
