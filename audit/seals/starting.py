"""What a start of the log does with its seals: the old epoch ends, or a chain begins."""

from dataclasses import dataclass
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.keystore import ORGANISATION, Keystore
from audit.note import Signer
from audit.payload import encode_event
from audit.public import PublicDamaged, PublicFolder
from audit.seals.chain import SealChain, SealsDamaged
from audit.seals.record import Reason
from audit.tail import Tail
from audit.tile import node_from_tiles
from audit.tree import frontier_at
from audit.writer import Writer

_KEEP: Final = "keep the folder as evidence, and restore the log from a copy that verifies"


def looked_at(chain: SealChain, size: int, now_ms: int) -> "SealsAtStart":
    """`size` is what is durable. Raises SealsDamaged, OSError."""
    reason = chain.resume()
    if chain.last is not None and chain.last.size > size:
        raise SealsDamaged(
            f"{chain.last.size} entries were sealed, and only {size} are here: this is an older copy; {_KEEP}"
        )
    return SealsAtStart(chain, Reason.UNSEALED if reason is Reason.NEW and size else reason, now_ms)


@dataclass(frozen=True, slots=True)
class SealsAtStart:
    """Made by `looked_at`. `reason` is why a chain begins, None where it goes on."""

    chain: SealChain
    reason: Reason | None
    now_ms: int

    def record(self, writer: Writer, tail: Tail, keystore: Keystore) -> None:
        """The entry of a chain that begins over the entries there are and itself, durable before the genesis is made.
        A log that is new has nothing to tell. Raises KeystoreFailed, KeyUnavailable."""
        if self.reason is None or self.reason is Reason.NEW:
            return
        epoch = 0 if self.chain.last is None else self.chain.last.following
        facts: dict[str, Fact] = {"epoch": epoch, "size": tail.size + 1, "reason": str(self.reason)}
        system = Actor(ActorKind.SYSTEM)
        event = Event(EventName.SYSTEM_SEALS_STARTED, Outcome.DONE, self.now_ms, system, facts=facts)
        keys = keystore.keys([(ORGANISATION, self.now_ms)])
        tail.add(writer.write([encode_event(event)], [self.now_ms], keys)[0])

    def seal(self, signer: Signer, public: PublicFolder, head: tuple[int, bytes]) -> None:
        """`head` is size and root of what is published, which is all that is durable. Raises SealsDamaged,
        PublicDamaged, KeyUnavailable, SealsFull, OSError."""
        size, root = head
        last = self.chain.last
        if last is not None and _root(public, last.size, size) != last.root:
            raise SealsDamaged(
                f"the first {last.size} entries are not those that were sealed in epoch {last.epoch}; {_KEEP}"
            )
        if self.reason is None:
            self.chain.advance(size, root, self.now_ms)
        else:
            self.chain.begin(signer, self.reason, size=size, root=root, at_ms=self.now_ms)


def _root(public: PublicFolder, size: int, published: int) -> bytes:
    try:
        node = node_from_tiles(lambda level, index: public.hashes(level, index, published))
        return frontier_at(size, node).root()
    except ValueError as error:
        raise PublicDamaged("the tiles do not hold what was sealed") from error
