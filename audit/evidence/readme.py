"""What a bundle tells whoever opens it first. Pure."""

from typing import Final

TEXT: Final = """\
Evidence of one session
=======================
This file holds what one log of Tachiai has recorded of one session, opened, with the proofs that the log holds it.

  entries.jsonl               the entries in plain form, one a line: start reading here
  entries/N.json              entry N as the log has it, sealed, and the secrets that open its sections
  entries/N.tlog-proof        the proof that entry N is in the log (C2SP tlog-proof)
  checkpoint                  the log's signed summary that all the proofs lead to; witnesses may have signed it too
  seals, seals.proof          the log's seals up to that checkpoint: signed by keys that were destroyed since
  receipts/*.tachiai-receipt  what the customer agreed to, with their device's signature and the words they saw; each
                              can be checked by itself, as a receipt that a customer holds
  verifier.key                the log's public key, to compare: never check with a key from this file
  manifest.json               the hash of each of these

To check it, get the log's verifier key (or a witness policy) from somebody you trust, and run

  tachiai audit verify-evidence FILE.zip --key NAME+HASH+KEY

It needs no server and no network. FORMAT.md, section 19, in Tachiai's sources says how to check it without Tachiai.

What it proves: these entries are in the log at these places, unchanged since the checkpoint was signed, and the
customer's device signed what the receipts show. What it does not prove: that the session had no further entries
(compare with the log), that what was recorded is true beyond what the device signed, and, without witnesses, that the
log shows everybody the same history. Sections named as erased or sealed were not opened.

It opens these entries to whoever holds it, for ever. It holds personal data. Give it to nobody who need not see it.
"""

TEXT_OF_FILE: Final = """\
Evidence of one case file
=========================
This file holds what security officers put together in one case file of Tachiai: entries of its log, opened, with the
proofs that the log holds them. Among them are the acts of the file itself: who opened it, added what, noted what.

  summary.txt                 the file for people: start reading here; no proof covers it, only the entries it names
  entries.jsonl               the entries in plain form, one a line
  entries/N.json              entry N as the log has it, sealed, and the secrets that open its sections
  entries/N.tlog-proof        the proof that entry N is in the log (C2SP tlog-proof)
  checkpoint                  the log's signed summary that all the proofs lead to; witnesses may have signed it too
  seals, seals.proof          the log's seals up to that checkpoint: signed by keys that were destroyed since
  receipts/*.tachiai-receipt  what the customer agreed to, with their device's signature and the words they saw; each
                              can be checked by itself, as a receipt that a customer holds
  verifier.key                the log's public key, to compare: never check with a key from this file
  manifest.json               the hash of each of these

To check it, get the log's verifier key (or a witness policy) from somebody you trust, and run

  tachiai audit verify-evidence FILE.zip --key NAME+HASH+KEY

It needs no server and no network. FORMAT.md, section 19, in Tachiai's sources says how to check it without Tachiai.

What it proves: these entries are in the log at these places, unchanged since the checkpoint was signed, and the
customers' devices signed what the receipts show. What it does not prove: that these are all the entries that matter
(which they are is the officers' choice), that what was recorded is true beyond what a device signed, and, without
witnesses, that the log shows everybody the same history. Sections named as erased or sealed were not opened.

It opens these entries to whoever holds it, for ever. It holds personal data. Give it to nobody who need not see it.
"""
