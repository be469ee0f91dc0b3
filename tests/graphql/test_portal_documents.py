"""Every operation of the portal: it is planned for somebody who may run it, within what one operation may cost."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    is_required_input_field,
    parse,
    type_from_ast,
)

from backend.graphql.http.charging import LARGEST
from backend.graphql.http.reading import LONGEST_BODY
from backend.graphql.planner import Planner, Refusal
from backend.graphql.schema import schema
from backend.identity.models import MemberRole, StaffRole
from backend.permissions import MEMBER_PERMISSIONS, STAFF_PERMISSIONS
from backend.settings import Settings
from backend.viewer import Viewer
from backend.web import portal

pytestmark = pytest.mark.unit
PATH = portal.documents_of(Settings().portal_dir)
SCALARS = {
    "Boolean": True,
    "Date": "2025-01-31",
    "DateTime": "2025-01-31T12:00:00Z",
    "Decimal": "1.5",
    "Float": 1.0,
    "ID": f"acct_{32 * '0'}",
    "Int": 50,
    "JSON": {},
    "Long": 1,
    "Markdown": "Some text.",
    "String": "2025-01-31",
}
"""What is sent for a variable that has to be sent, by its type; 50 is the largest page that the portal shows."""
SOMEBODY = UUID(int=1)
VIEWERS = (
    Viewer(
        kind="member",
        account_id=SOMEBODY,
        person_id=SOMEBODY,
        session_id=SOMEBODY,
        permissions=frozenset(MEMBER_PERMISSIONS[MemberRole.ADMIN]),
    ),
    Viewer(
        kind="staff",
        person_id=SOMEBODY,
        session_id=SOMEBODY,
        permissions=frozenset(STAFF_PERMISSIONS[StaffRole.ADMIN]),
    ),
)


def value_of(kind: Any) -> Any:
    """A value of an input type, of which only what is required is given."""
    match kind:
        case GraphQLNonNull():
            return value_of(kind.of_type)
        case GraphQLList():
            return [value_of(kind.of_type)]
        case GraphQLEnumType():
            return next(iter(kind.values))
        case GraphQLInputObjectType():
            return {name: value_of(field.type) for name, field in kind.fields.items() if is_required_input_field(field)}
        case _:
            return SCALARS[kind.name]


def test_every_operation_of_the_portal_can_be_run_by_somebody() -> None:
    if not PATH.is_file():
        pytest.skip("needs a build of the portal: scripts/portal.sh makes it")
    planner = Planner(schema())
    faults: dict[str, Any] = {}
    for mark, text in orjson.loads(PATH.read_bytes()).items():
        operations = [part for part in parse(text).definitions if isinstance(part, OperationDefinitionNode)]
        assert len(operations) == 1, text
        name = operations[0].name.value if operations[0].name else mark
        if sha256(text.encode()).hexdigest() != mark or len(text.encode()) > LONGEST_BODY:
            faults[name] = "its hash is another, or it is too long"
        if refusals := refusals_of(planner, operations[0], text):
            faults[name] = refusals

    assert faults == {}


def refusals_of(planner: Planner, operation: OperationDefinitionNode, text: str) -> list[Any]:
    """Why each kind of viewer may not run an operation; nothing where one may."""
    variables = {
        variable.variable.name.value: value_of(kind)
        for variable in operation.variable_definitions or ()
        if isinstance(kind := type_from_ast(schema().graphql, variable.type), GraphQLNonNull)
        and variable.default_value is None
    }
    # A list that turns its pages both ways asks for its first one so.
    if any(variable.variable.name.value == "first" for variable in operation.variable_definitions or ()):
        variables.setdefault("first", 50)
    refusals: list[Any] = []
    for viewer in VIEWERS:
        try:
            cost = planner.prepare(text, None, variables, viewer).cost
        except Refusal as refusal:
            refusals.append([error["message"] for error in refusal.errors])
        else:
            if cost <= LARGEST[viewer.kind]:
                return []
            refusals.append(f"it costs {cost:,} points as {viewer.kind}")
    return refusals
