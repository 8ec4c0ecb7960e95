"""Identity, both ways: what passkeys, levels, notices, introductions and customers' own pages keep."""

from collections.abc import Callable

from server.storage.migrations.identity.actions import make_actions
from server.storage.migrations.identity.agents import make_agents
from server.storage.migrations.identity.factors import make_factors
from server.storage.migrations.identity.outbox import make_outbox
from server.storage.migrations.identity.passkeys import make_passkeys
from server.storage.migrations.identity.me import make_me
from server.storage.migrations.identity.givers import make_givers
from server.storage.migrations.identity.introduction import make_introduction
from server.storage.migrations.identity.merging import make_merging

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for make in MAKERS:
        make()


# One a part, in the order in which they may refer to each other.
MAKERS: tuple[Callable[[], None], ...] = (
    make_outbox,
    make_passkeys,
    make_factors,
    make_agents,
    make_me,
    make_introduction,
    make_actions,
    make_merging,
    make_givers,
)
