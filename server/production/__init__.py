"""Tachiai in earnest: `init` prepares a machine, `serve` runs on it.

Terms. An *instance* is a settings file, keys, a log and a database that belong together. A *rule* of safety must hold
before anything is made or served; whatever breaks one is told in a sentence, all of them at once.

    init:  settings --safety--> settings file --> keys --> log --> database --> first officer, link --> report
    serve: settings --safety--> keys --> log, schema --> gate --> sockets, TLS --> "ready" to the service manager

`init` makes what is missing and replaces nothing; whatever stops it, another `init` goes on from there. `serve` makes
nothing: where a key, the log or the database is missing, it refuses.
"""
