"""Every cursor of every list that a viewer sees, as the planner makes them; the oracle decides what each stands for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from graphql import build_schema, get_named_type, parse

from tests.graphql.planner.generator import Made
from tests.graphql.real.comparing import Setting, answered
from tests.graphql.real.drawn import own_schema
from tests.graphql.real.orderings import VARIANTS

WAYS = {
    "Query": "{{ {} }}",
    "Viewer": "{{ viewer {{ {} }} }}",
    "System": "{{ system {{ {} }} }}",
    "Ingestion": "{{ system {{ ingestion {{ {} }} }} }}",
    "AlertGroup": "{{ alertGroups(first: 100) {{ nodes {{ {} }} }} }}",
    "Portfolio": "{{ portfolio {{ {} }} }}",
    "Revenue": '{{ revenue(from: "2020-01-01", to: "2029-01-01") {{ {} }} }}',
    "AccountInternal": "{{ nodes(ids: IDS) {{ ... on Account {{ internal {{ {} }} }} }} }}",
}
"""How an object of each type that has connections but no public id is come by."""


async def gather_cursors(setting: Setting, who: str) -> None:
    """Ask for all of every list, once: none has more than a page."""
    if setting.oracles[who].cursors.places:
        return
    own = build_schema(setting.assembled.strawberry.as_str())
    for name in sorted(own_schema(own, setting.assembled, setting.viewers[who].permissions)):
        for field_name, field in getattr(own.type_map[name], "fields", {}).items():
            if not get_named_type(field.type).name.endswith("Connection"):
                continue
            for arguments in VARIANTS.get(f"{name}.{field_name}", [""]):
                asked = f"{field_name}(first: 100 {arguments}) {{ edges {{ cursor node {{ __typename }} }} }}"
                for document in _documents(setting, name, asked):
                    await _learn(setting, who, document)


def _documents(setting: Setting, type_name: str, asked: str) -> Iterator[str]:
    """Operations that ask every object of a type for something."""
    way = WAYS.get(type_name, f"{{{{ nodes(ids: IDS) {{{{ ... on {type_name} {{{{ {{}} }}}} }}}} }}}}").format(asked)
    if "IDS" not in way:
        yield way
        return
    of = type_name if type_name in setting.ids else "Account"
    for start in range(0, len(setting.ids[of]), 100):
        some = setting.ids[of][start : start + 100]
        yield way.replace("IDS", "[" + ", ".join(f'"{one}"' for one in some) + "]")


async def _learn(setting: Setting, who: str, document: str) -> None:
    oracle = setting.oracles[who]
    outcome = await answered(setting, setting.forms[0], setting.viewers[who], Made(document, {}, None))
    assert outcome.data is not None, (document, outcome)
    oracle.harvest, oracle.places = [], []
    expected = await oracle.answer(parse(document), {})
    assert expected.errors is None, (document, expected.errors)
    unknown, oracle.harvest = oracle.harvest, None
    for planners, oracles in _pairs(orjson.loads(outcome.data), expected.data):
        if oracles in unknown:
            ordering, key, place = oracle.places[unknown.index(oracles)]
            oracle.cursors.places[planners] = (ordering, place)
            oracle.cursors.texts[ordering, key] = planners
        else:
            assert planners == oracles, (document, planners, oracles)


def _pairs(planners: Any, oracles: Any) -> list[tuple[Any, Any]]:
    """The leaves of two answers of one shape, side by side."""
    if isinstance(planners, dict):
        assert list(planners) == list(oracles)
        return [pair for key in planners for pair in _pairs(planners[key], oracles[key])]
    if isinstance(planners, list):
        assert len(planners) == len(oracles)
        return [pair for each in zip(planners, oracles, strict=True) for pair in _pairs(*each)]
    return [(planners, oracles)]
