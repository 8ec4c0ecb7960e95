"""Detectors: what is allowed and still smells. Pure; fed with opened entries as they become durable.

Terms: a *flag* is an explained suspicion about a *target* (a session, an agent, a source ...); an *action* is what the
detector asks for, and policy decides; a *reason* is a catalogue key and the facts that fill it, so that one sentence
in any language can be checked against the log.

The data's way: `AuditLog.subscribe` or a read of the log -> `registry.Detectors.observe(entry)` -> flags -> `server`
records each as `system:flag:raised` (with `Flag.facts()`), shows it, and carries out the action.

What every detector here keeps:
- It imports no clock, randomness or IO; time is the entries' own.
- It learns only from entries before the one it judges.
- An entry seen twice, or an old one seen late, changes nothing: `index` tells.
- Memory is bounded whatever is fed to it.
- `state()` and `restore()` carry it over a restart without reading the log again; the owner stores the bytes encrypted.
"""

from audit.detectors.flag import Action, Detector, Flag, StateInvalid, TargetKind

__all__ = ["Action", "Detector", "Flag", "StateInvalid", "TargetKind"]
