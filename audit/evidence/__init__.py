"""Evidence of one session, or of one case file, for a third party: a file that the log's key alone checks
(FORMAT.md, section 19)."""
