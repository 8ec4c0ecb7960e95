"""A log of a few entries with its keys, and witnesses with theirs, for tests of who signed what."""

from dataclasses import dataclass, field

from audit.checkpoint import Checkpoint
from audit.note import Kind, Signer
from audit.tree import Node, consistency_proof, leaf_hash, node_hash, root_of
from audit.witnesses.exchange import encode_request
from audit.witnesses.policy import Policy, parse_policy

ORIGIN = "log.example/a"
AT_S = 1_763_935_200


def witness_key(number: int, kind: Kind = Kind.COSIGNATURE) -> Signer:
    return Signer.from_seed(f"witness.example/w{number}", bytes([number]) * 32, kind)


@dataclass
class SmallLog:
    """Leaves are numbers; `world` tells two histories of one log apart."""

    origin: str = ORIGIN
    world: str = ""
    signer: Signer = field(init=False)
    second: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.signer = Signer.from_seed(self.origin, bytes(range(32)))
        self.second = Signer.from_seed(self.origin, bytes(range(32)), Kind.ML_DSA_44)

    def digests(self, size: int) -> list[bytes]:
        return [leaf_hash(f"{self.world}{number}".encode()) for number in range(size)]

    def root(self, size: int) -> bytes:
        return root_of(self.digests(size))

    def note(self, size: int, *others: Signer) -> bytes:
        return Checkpoint(self.origin, size, self.root(size)).sign(self.signer, *others)

    def text(self, size: int) -> str:
        return self.note(size).decode().rpartition("\n\n")[0] + "\n"

    def witnessed(self, size: int, *witnesses: Signer, at_s: int = AT_S) -> bytes:
        lines = "".join(witness.line(self.text(size), at_s) for witness in witnesses)
        return self.note(size) + lines.encode()

    def proof(self, old: int, size: int) -> tuple[bytes, ...]:
        return tuple(consistency_proof(old, size, self._node(size))) if 0 < old <= size else ()

    def request(self, old: int, size: int, *others: Signer) -> bytes:
        return encode_request(old, self.proof(old, size), self.note(size, *others))

    def _node(self, size: int) -> Node:
        digests = self.digests(size)

        def node(level: int, index: int) -> bytes:
            if level == 0:
                return digests[index]
            return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

        return node


def policy_of(*witnesses: Signer, least: str = "all", log: SmallLog | None = None, url: str = "") -> Policy:
    """Witnesses W1, W2, ... in one group; `url` with a place for the number."""
    return parse_policy(policy_text(*witnesses, least=least, log=log, url=url))


def policy_text(*witnesses: Signer, least: str = "all", log: SmallLog | None = None, url: str = "") -> bytes:
    names = [f"W{number}" for number, _ in enumerate(witnesses, 1)]
    lines = [f"log {log.signer.verifier}"] if log else []
    for number, (name, signer) in enumerate(zip(names, witnesses, strict=True), 1):
        lines.append(f"witness {name} {signer.verifier} {url.format(number)}".strip())
    lines += [f"group all-of-them {least} {' '.join(names)}", "quorum all-of-them", ""]
    return "\n".join(lines).encode()
