"""The wire shapes of guidance. Places are parts of the picture's width and height: 0, 0 is its upper left corner, 1, 1
its lower right one, whatever its size on either page. What an instruction may be is judged by `session.guidance`."""

from typing import Annotated, Final

import msgspec

from server.signalling.chat_messages import PageId
from server.signalling.wire import IncomingMessage, OutgoingMessage

POINTS_AT_MOST: Final = 64
_PLACES: Final = 4  # decimals: a tenth of a pixel of a large screen

Part = Annotated[float, msgspec.Meta(ge=0, le=1)]
Points = Annotated[list[tuple[Part, Part]], msgspec.Meta(min_length=2, max_length=POINTS_AT_MOST)]


class PointerMoveMessage(IncomingMessage, frozen=True, tag="pointer.move"):
    x: Part
    y: Part


class PointerDrawMessage(IncomingMessage, frozen=True, tag="pointer.draw"):
    """A piece of a line; the next piece of the same line begins where it ended."""

    points: Points


class PointerHideMessage(IncomingMessage, frozen=True, tag="pointer.hide"):
    pass


class GuideSendMessage(IncomingMessage, frozen=True, tag="guide.send"):
    id: PageId
    text: str


GuidanceIncoming = PointerMoveMessage | PointerDrawMessage | PointerHideMessage | GuideSendMessage


class GuideShown(msgspec.Struct, frozen=True, kw_only=True):
    """The latest instruction, in both views. `n` counts from 1."""

    n: int
    at_ms: int
    text: str


class PointerMoveOut(OutgoingMessage, frozen=True, tag="pointer.move"):
    x: float
    y: float


class PointerDrawOut(OutgoingMessage, frozen=True, tag="pointer.draw"):
    points: list[tuple[float, float]]


class PointerHideOut(OutgoingMessage, frozen=True, tag="pointer.hide"):
    pass


class GuideAcceptedOut(OutgoingMessage, frozen=True, tag="guide.accepted"):
    id: str
    n: int
    at_ms: int


Gesture = PointerMoveMessage | PointerDrawMessage | PointerHideMessage
GuidanceOutgoing = PointerMoveOut | PointerDrawOut | PointerHideOut | GuideAcceptedOut


def passed_on(gesture: Gesture) -> PointerMoveOut | PointerDrawOut | PointerHideOut:
    """What the customer's page is told of it."""
    match gesture:
        case PointerMoveMessage(x=x, y=y):
            return PointerMoveOut(x=round(x, _PLACES), y=round(y, _PLACES))
        case PointerDrawMessage(points=points):
            return PointerDrawOut(points=[(round(x, _PLACES), round(y, _PLACES)) for x, y in points])
        case PointerHideMessage():
            return PointerHideOut()
