"""Whether the file of places that is named can be used."""

from contextlib import closing

from server.checklist.facts import PlacesState
from server.place_file import PlaceFileUnreadable, place_file_of
from server.settings import Settings


def look_at_sign_in_places(settings: Settings) -> PlacesState:
    if not settings.flags.places_file:
        return PlacesState.NONE
    with closing(place_file_of(settings)) as file:
        try:
            file.check()
        except PlaceFileUnreadable:
            return PlacesState.UNREADABLE
    return PlacesState.READ
