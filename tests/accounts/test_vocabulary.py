"""`accounts.yaml`: what is wrong is told with its place, and what goes from the file is retired, not deleted."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backend.accounts import vocabulary
from backend.accounts.models import OwnerRole, Trait
from backend.db.engine import WriteSession
from backend.program import assemble
from backend.program.errors import ProgramInvalid
from backend.program.folder import read_folder

DEFAULTS = read_folder(assemble.DEFAULT, assemble.files())


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "traits:\n  size: {name: Size, kind: CHOICE}\n",
            "accounts.yaml:2: traits.size: is a CHOICE, which needs choices. List what it may be.",
        ),
        (
            "traits:\n  size: {name: Size, kind: NUMBER, choices: [a]}\n",
            "accounts.yaml:2: traits.size: is a NUMBER, which takes no choices.",
        ),
        (
            "traits:\n  size:\n    name: Size\n    kind: CHOICE\n    choices: [a, b, a]\n",
            "accounts.yaml:5: traits.size.choices[2]: a is listed more than once.",
        ),
        (
            "traits:\n  Size: {name: Size}\n",
            "accounts.yaml:2: traits.Size: should be lower-case letters, digits and underscores, beginning with a "
            'letter; it is "Size".',
        ),
        ("owner_roles:\n  sponsor: {nane: x}\n", "accounts.yaml:2: owner_roles.sponsor.name: is missing. Add it."),
    ],
)
def test_a_wrong_file_names_the_place_and_the_remedy(text: str, told: str) -> None:
    with pytest.raises(ProgramInvalid) as refused:
        assemble.parse({**DEFAULTS, "accounts.yaml": text})

    assert told in str(refused.value).splitlines()


async def test_what_the_file_does_not_name_any_more_is_retired(session: WriteSession) -> None:
    first = assemble.parse({**DEFAULTS, "accounts.yaml": "traits:\n  a: {name: A}\n  b: {name: B, kind: DATE}\n"})
    second = assemble.parse(
        {**DEFAULTS, "accounts.yaml": "traits:\n  b: {name: Bee}\nowner_roles:\n  sponsor: {name: Sponsor}\n"}
    )

    for program in (first, second):
        await vocabulary.apply(session, program.section(vocabulary.Accounts), program)

    traits = await session.execute(select(Trait.key, Trait.name, Trait.kind, Trait.is_retired).order_by(Trait.key))
    assert [tuple(row) for row in traits] == [("a", "A", "TEXT", True), ("b", "Bee", "TEXT", False)]
    assert list(await session.scalars(select(OwnerRole.key))) == ["sponsor"]
