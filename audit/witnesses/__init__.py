"""Others sign what they saw: witnesses, the policy that says how many are enough, what they remember (FORMAT.md 13).

A *witness* is somebody else's machine. It keeps one tree head for each log that it knows, and *cosigns* a checkpoint
only if a proof leads to it from that head. A *policy* names logs, witnesses and a *quorum*; a checkpoint that meets it
was seen by so many that the log's keeper cannot show other people another history.

All but `memory` is pure: requests, answers, times and proofs come in as arguments, and nothing is fetched here.
"""
