"""The right to forward, as one number and two epochs. Pure: the gate's monotonic clock comes in as `now_ms`.

1. Nothing is live before a renewal.
2. A renewal counts only if neither its epoch nor a higher one was revoked, no higher one was renewed, and its stamp is
   not from the future.
3. `live_until_ms` is the newest stamp + the life that came with it, at most TTL: a renewal that comes late extends
   nothing, and one of a short life takes nothing away.
4. A revocation is final for its epoch and every lower one.
"""

from dataclasses import dataclass

from session.gate_port import LEASE_TTL_MS


@dataclass(slots=True)
class Lease:
    epoch: int = -1
    revoked_epoch: int = -1
    live_until_ms: int = 0

    def renew(self, epoch: int, stamp: int, now_ms: int, life_ms: int = LEASE_TTL_MS) -> bool:
        """Whether it was accepted. Accepted is not yet live: the stamp may be older than TTL."""
        if epoch <= self.revoked_epoch or epoch < self.epoch or stamp > now_ms:
            return False
        until_ms = stamp + min(life_ms, LEASE_TTL_MS)
        if epoch > self.epoch:
            self.epoch = epoch
            self.live_until_ms = until_ms
        else:
            self.live_until_ms = max(self.live_until_ms, until_ms)
        return True

    def revoke(self, epoch: int) -> bool:
        """Whether it took the live epoch away (a revocation of an older one leaves the newer grant alone)."""
        self.revoked_epoch = max(self.revoked_epoch, epoch)
        if self.epoch > self.revoked_epoch:
            return False
        self.live_until_ms = 0
        return True

    def end(self) -> None:
        """Close: no epoch can be granted again."""
        self.revoked_epoch = 1 << 63
        self.live_until_ms = 0

    def suspend(self) -> None:
        """The legs are made anew: nothing flows until the next renewal, and what was revoked stays revoked."""
        self.live_until_ms = 0

    def live(self, now_ms: int) -> bool:
        return now_ms < self.live_until_ms
