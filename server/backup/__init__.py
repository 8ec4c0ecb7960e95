"""Backup, restore, migrate: what an operator has when a disk dies, and what a new version does to the database.

Terms. A *backup* is a folder with a manifest; without its manifest it is none. The *seal* is the manifest's hash under
the key-encryption key, which is never in a backup: nobody without it can make or change one. *Staging* is where a
restore prepares everything before anything takes its place. The *instant* is the moment that a backup shows.

    taking:    segments, checkpoint, lockstate -> instant: database's view, log's end -> copy, verify, record, manifest
    restoring: manifest, seal, hashes -> verify the log -> lockstate, loss -> record -> put in place
    upgrading: take the log's lock, copy the database, run the steps, record

What belongs to the log is known in `audit` (`copying`, `standing`), what belongs to the database in `server.storage`.
"""
