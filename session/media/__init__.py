"""The media gate: forwards a customer's packets to the agent, undecoded, only while a lease is live.

Terms. A *leg* is one browser's transport (ICE, DTLS, SRTP). *Upstream* is towards the customer, *downstream* towards
the agent. A *stamp*, an *epoch* and the lease are as in `session.gate_port`. The *curtain* is a tiny black key frame,
a constant in `curtain`. A *stretch* is what was forwarded between two curtains: it begins with a key frame.

    server --Gate port--> GateProcess (supervisor) ==socketpair, msgpack (wire)==> gate process (__main__)
                                                                                     control -> gate -> Session
    one UDP port -> demux (length, first byte) -> stun | dtls | SRTP/SRTCP of a leg
      STUN:  MESSAGE-INTEGRITY first; only then the sender's address belongs to a leg
      DTLS:  only from such an address; the certificate must match the SDP's fingerprint
      SRTP from the customer: unprotect in place -> lease live? -> stretch begun? -> rewrite sequence and
             transport-wide sequence -> keep for resending -> protect in place -> the agent's address
             a number is missing -> asked for by the gate itself, after a wait that it learns (recovery)
      SRTCP from the agent:   transport-wide feedback, PLI mapped back -> the customer; NACK answered from what is kept
      SRTCP from the customer: sender reports -> the agent, under the lease

What the gate can see: addresses, sizes and times of packets, RTP headers, the VP8 payload descriptor, whether a frame
is a key frame and its size. What is in a frame is encrypted from page to page (END_TO_END.md); where the policy lets a
picture go without, it passes through the gate's memory, which has no decoder. What it cannot do: paint (it can only
darken), contact an address from an SDP, forward one packet without a live lease, or renew a lease by itself.

It may not import anything of ours but `session.gate_port` and `session.identity`. aiortc is a peer in tests and
benches only. A datagram that is not in order costs one counter (`metrics.Drop`) and changes nothing else.
See BROWSER.md for what the pages must do, and DECISIONS.md for why it is as it is.
"""
