"""Where the log's data keys are kept, what wraps them, and who may open them (FORMAT.md, sections 9 and 15).

Terms. A *key-encryption key* (KEK) wraps; it has *versions*, of which the newest wraps and all open. A *provider* is
what holds it: a file, a systemd credential, Vault. *Rewrapping* brings everything under the newest version, *retiring*
ends an old one. A *recipient* is an auditor for whose public key the data keys are wrapped as well; in *sealed mode*
the KEK's wraps of a period go once its *hot window* is over, and only recipients open it.

`tables` holds the one SQL of the key store, `audit.keystore` what the log uses. Nothing here knows clocks or settings.
"""
