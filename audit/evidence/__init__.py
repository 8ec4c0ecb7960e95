"""Evidence of one session for a third party: a file that the log's key alone checks (FORMAT.md, section 19)."""
