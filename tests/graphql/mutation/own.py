"""What the mutations of one's inbox and of one's own data are tried with."""

from __future__ import annotations

from tests.graphql.mutation.cases import OWN_ALONE, UNKNOWN, Case, Input, run, told
from tests.graphql.world import World

OWN_INBOX = "it changes what one is told, and nothing of customers or of who may do what"


async def _preferences(_world: World) -> Input:
    return {"preferences": [{"matter": "ALERT", "inApp": True, "mail": "AT_ONCE"}]}


async def _goodbye(world: World) -> Input:
    """Acme has another admin, so that this one may go."""
    await run(world, "update members set role = 'ADMIN' where id = $1", world.acme.members[1])
    return {"address": (await world.data("acme", "{ viewer { person { email } } }"))["viewer"]["person"]["email"]}


OWN: dict[str, Case] = {
    "markNotificationsRead": Case(
        selection="notifications { matter title readAt account { name } task { title } alert { id } }",
        forbidden=("narrow key",),
        input=told,
        wrong=lambda _world, sent: {"notificationIds": [*sent["notificationIds"], f"told_{UNKNOWN}"]},
        unaudited=OWN_INBOX,
    ),
    "setNotificationPreferences": Case(
        selection="person { displayName }",
        forbidden=("narrow key",),
        input=_preferences,
        never_wrong=OWN_ALONE,
        unaudited=OWN_INBOX,
    ),
    "eraseOneself": Case(
        selection="isErased",
        allowed="acme",
        forbidden=("narrow key",),
        input=_goodbye,
        never_wrong=OWN_ALONE,
    ),
}
"""By the mutation, as `CASES` has them."""
