"""What a sign-in page is told: to everybody, and nothing that only some may know."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.identity.models import OidcProvider
from backend.program import service
from backend.program.assemble import DEFAULT, load, parse
from backend.program.errors import ProgramInvalid
from tests.graphql.test_customer_home import changing
from tests.graphql.world import World

PORTAL = "{ portal { name accentColor logo isDemo providers { key name path } } }"
LOGO = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
SET = """mutation($input: SetPortalFaceInput!) { setPortalFace(input: $input) {
  name accentColor logo userErrors { field code message } } }"""
CHOICE = "{ portal { name accentColor logo } portalChoice { name accentColor logo } }"
GYM = Path(__file__).resolve().parents[1] / "programs" / "gym"


def with_face(portal: str) -> dict[str, str]:
    files = dict(load(DEFAULT).files)
    files["tiers.yaml"] += f"\nportal: {portal}\n"
    return files


async def test_everybody_is_told_whose_it_is_how_it_looks_and_which_ways_lead_in(own_world: World) -> None:
    before = await own_world.data("nobody", PORTAL)
    async with changing(own_world) as session:
        face = f'{{name: Beacon success, accent_color: "#2f6fed", logo: "{LOGO}"}}'
        await service.apply(session, parse(with_face(face)))
        session.add(
            OidcProvider(
                key="company", name="Our login", issuer="https://secret.example", client_id="x", client_secret=b"x"
            )
        )

    after = [await own_world.data(who, PORTAL) for who in ("nobody", "acme", "staff")]
    async with changing(own_world) as session:
        await service.apply(session, load(GYM))
    other = await own_world.data("nobody", PORTAL)

    bare = {"name": "Beacon", "accentColor": None, "logo": None, "isDemo": False}
    provider = {"key": "company", "name": "Our login", "path": "/auth/oidc/company/login"}
    assert before == {"portal": {**bare, "providers": []}}
    face_told = {"name": "Beacon success", "accentColor": "#2f6fed", "logo": LOGO, "isDemo": False}
    assert after == [{"portal": {**face_told, "providers": [provider]}}] * 3
    assert other == {"portal": {**bare, "providers": [provider]}}


@pytest.mark.unit
@pytest.mark.parametrize(
    "portal",
    [
        '{accent_color: "blue"}',
        '{accent_color: "url(https://elsewhere.example)"}',
        '{logo: "https://elsewhere.example/x.png"}',
        '{logo: "javascript:alert(1)"}',
        '{logo: "data:text/html;base64,x"}',
    ],
)
def test_a_face_that_no_page_could_show_is_refused(portal: str) -> None:
    with pytest.raises(ProgramInvalid, match="should match"):
        parse(with_face(portal))


async def test_what_an_admin_chooses_goes_before_the_file_until_it_is_taken_back(own_world: World) -> None:
    async with changing(own_world) as session:
        await service.apply(session, parse(with_face('{name: Beacon success, accent_color: "#2f6fed"}')))

    chosen = await own_world.data("staff", SET, {"input": {"accentColor": "#FFE600", "logo": LOGO}})
    both = await own_world.data("staff", CHOICE)
    async with changing(own_world) as session:
        await service.apply(session, load(GYM))
    other_file = await own_world.data("staff", CHOICE)
    back = await own_world.data("staff", SET, {"input": {"accentColor": None, "logo": None}})

    told = {"name": "Beacon success", "accentColor": "#ffe600", "logo": LOGO}
    choice = {"name": None, "accentColor": "#ffe600", "logo": LOGO}
    assert chosen == {"setPortalFace": {**told, "userErrors": []}}
    assert both == {"portal": told, "portalChoice": choice}
    assert other_file == {"portal": {**told, "name": "Beacon"}, "portalChoice": choice}
    assert back == {"setPortalFace": {"name": "Beacon", "accentColor": None, "logo": None, "userErrors": []}}


@pytest.mark.parametrize(
    "field, value, reason",
    [
        ("name", " ", "The name has to have 1 to 100 characters, on one line."),
        ("accentColor", "url(x)", "The accentColor should match # and six letters or digits, such as #2f6fed."),
        ("logo", "data:image/png;base64,PHN2Zz4=", "The logo is no image of image/png. Take the file again."),
    ],
)
async def test_what_no_page_could_show_is_refused_beside_its_field(
    own_world: World, field: str, value: str, reason: str
) -> None:
    before = await own_world.data("staff", CHOICE)

    refused = await own_world.data("staff", SET, {"input": {"accentColor": "#ffe600", field: value}})

    assert refused["setPortalFace"]["userErrors"] == [{"field": [field], "code": "INVALID", "message": reason}]
    assert await own_world.data("staff", CHOICE) == before
