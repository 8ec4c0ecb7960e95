"""What every act and every answer is: JSON on the socket, strict, with the largest sizes."""

from typing import Annotated, ClassVar, Generic, TypeVar, get_args

import msgspec

AnswerType = TypeVar("AnswerType")
Word = Annotated[str, msgspec.Meta(max_length=64)]
Line = Annotated[str, msgspec.Meta(max_length=512)]


class Act(
    msgspec.Struct,
    Generic[AnswerType],
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="act",
):
    """Base of all acts; the type argument is what its answer is. `answered_within_s`: how long a command waits."""

    answered_within_s: ClassVar[float] = 60.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all answers. Times are UTC milliseconds."""


def answer_type(act: Act[AnswerType]) -> type[AnswerType]:
    """What `act` is answered with: the argument of its base."""
    (kind,) = get_args(type(act).__orig_bases__[0])  # type: ignore[attr-defined]  # PEP 560: each act names its base
    answer: type[AnswerType] = kind
    return answer
