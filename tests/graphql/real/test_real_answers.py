"""Random operations over the product's own schema: the planner must answer as graphql-core does over the rows."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pytest
from graphql import build_schema, is_object_type

from backend.graphql.planner import Assembled
from tests.graphql.edges import chosen, every_field
from tests.graphql.planner.generator import Made
from tests.graphql.real.comparing import Setting, compared
from tests.graphql.real.conftest import VIEWERS
from tests.graphql.real.drawn import Drawn, own_schema
from tests.graphql.real.gathering import gather_cursors
from tests.graphql.walk import may

OPERATIONS = int(os.environ.get("REAL_OPERATIONS", "400"))
"""How many random operations all viewers together send; `make suites` sends 5,000 and says what became of them."""
FIRST_SEED = int(os.environ.get("REAL_SEED", "0"))
TRIAL = {"HealthPreview", "BandShift", "MovedAccount", "EarlyWarning", "DraftedFile"}
OUT_OF_REACH = {"Mutation", "UserError", "Subscription", "Resync", "PageInfo", "Impersonator"} | TRIAL
"""Object types that no query asks for, beside the payloads of mutations: what these give whole, what only a view as a
customer has, and the page that all connections share."""

OF_MEMBERS = {"OwnAccount"}
"""Object types that staff have none of."""

NOBODYS = {"Celebration"}
"""Object types that nobody has in this world: no week of it was a good one."""


@pytest.mark.slow
@pytest.mark.parametrize("who", VIEWERS)
async def test_random_operations_are_answered_as_graphql_core_answers_them(setting: Setting, who: str) -> None:
    """One in six is a mutation, whose payload the general path reads in a transaction; the others are queries."""
    own = build_schema(setting.assembled.strawberry.as_str())
    reachable = own_schema(own, setting.assembled, VIEWERS[who])
    oracle, viewer = setting.oracles[who], setting.viewers[who]
    await gather_cursors(setting, who)
    cursors: dict[str, list[str]] = {"other": ["WyJhIiwgImIiXQ", next(iter(oracle.cursors.places)) + "AA"]}
    for text, (ordering, _) in oracle.cursors.places.items():
        cursors.setdefault(ordering, []).append(text)
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []

    turn = list(VIEWERS).index(who)
    for seed in range(FIRST_SEED + turn, FIRST_SEED + OPERATIONS, len(VIEWERS)):
        number = seed // len(VIEWERS)
        drawn = Drawn(own, seed, setting.some_ids(12), cursors, badges=True)
        drawn.reachable, drawn.today = reachable, setting.world.today
        made = drawn.operation("mutation" if number % 6 == 5 else "query")
        what, difference = await compared(setting, setting.forms[number % 2], viewer, oracle, made)
        outcomes[what] += 1
        if difference:
            wrong.append(f"REAL_SEED={seed} as {who}\n{difference}")

    print(f"\n{who}: {outcomes.total()} operations: {dict(outcomes.most_common())}")  # noqa: T201 - `make suites` shows it
    assert wrong == [], f"{outcomes}\n" + "\n\n".join(wrong[:3])
    comparable = sum(n for what, n in outcomes.items() if not what.startswith("not "))
    assert comparable >= 0.95 * outcomes.total(), outcomes


@pytest.mark.parametrize("who", ["acme", "staff"])
async def test_every_field_filter_and_order_is_answered_as_graphql_core_answers_it(setting: Setting, who: str) -> None:
    oracle, ids = setting.oracles[who], setting.some_ids(3)
    documents = list(every_field(VIEWERS[who], ids))
    for field, document, _ in chosen(VIEWERS[who], ids):
        type_name, field_name = field.split(".")
        if may(type_name, field_name, VIEWERS[who]):
            documents.append(document)
    days = {word: str(setting.world.today - timedelta(days=back)) for word, back in (("from", 5), ("to", 0))}
    for word, day in days.items():
        documents = [document.replace(f'{word}: "2026-01-01"', f'{word}: "{day}"') for document in documents]
    documents = [document.replace('metric: "Zenith"', 'metric: "logins"') for document in documents]
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []

    await gather_cursors(setting, who)
    oracle.reached.clear()
    for number, document in enumerate(documents):
        planner, made = setting.forms[number % 2], Made(document, {}, None)
        what, difference = await compared(setting, planner, setting.viewers[who], oracle, made)
        outcomes[what] += 1
        wrong += [difference] if difference else []

    assert wrong == [], f"{outcomes}\n" + "\n\n".join(wrong[:3])
    assert outcomes == {"the same": len(documents)}
    if who == "staff":
        assert queried(setting.assembled) - oracle.reached == OF_MEMBERS | NOBODYS
    if who == "acme":
        assert oracle.reached >= OF_MEMBERS


def queried(assembled: Assembled) -> set[str]:
    """The types that a query can ask for, but for what every connection has."""
    kinds = assembled.graphql.type_map.items()
    objects = {name for name, kind in kinds if is_object_type(kind) and not name.startswith("__")}
    return {name for name in objects - OUT_OF_REACH if not name.endswith(("Payload", "Edge"))}
