"""What the API tells of a change of the health model: as it is selected, with the files that say it."""

from __future__ import annotations

from backend.db.engine import Database
from backend.program import service
from backend.program.assemble import DEFAULT, load
from tests.graphql.world import World

PREVIEW = """mutation($input: PreviewHealthModelInput!) { previewHealthModel(input: $input) {
    preview { __typename version: modelVersion bands { band } moved { name }
        warnings { __typename daysAhead accountCount redBefore redAfter } files { name text } difference }
    userErrors { field code message } } }"""
LEAVES = """{ healthModelVersions(first: 1) { nodes { version isActive leaves {
    key weight poorAnchor healthyAnchor windowDays measure nothingReported isCustomerVisible } } } }"""


async def test_a_change_is_tried_and_drafted(own_world: World) -> None:
    program = load(DEFAULT, applied_by="ada")
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        await service.apply(session, program)
    await database.close()

    model = (await own_world.data("CSM", LEAVES))["healthModelVersions"]["nodes"][0]
    sent = {
        "changes": [{"leafKey": "payment_health", "weight": 0.03}, {"leafKey": "contract_utilization", "weight": 0.04}]
    }
    tried = (await own_world.data("CSM", PREVIEW, {"input": sent}))["previewHealthModel"]
    refused = await own_world.data("CSM", PREVIEW, {"input": {"changes": sent["changes"][:1]}})

    assert (model["version"], model["isActive"]) == (2, True)
    assert model["leaves"][6] == {
        "key": "payment_health",
        "weight": 0.05,
        "poorAnchor": 30,
        "healthyAnchor": 0,
        "windowDays": 28,
        "measure": "overdue_days",
        "nothingReported": 100,
        "isCustomerVisible": False,
    }
    text = program.files["health.yaml"]
    changed = text.replace(
        "weight: 5\n    measure: {kind: overdue_days}", "weight: 3\n    measure: {kind: overdue_days}"
    )
    changed = changed.replace("weight: 2\n    measure: {kind: limit_use}", "weight: 4\n    measure: {kind: limit_use}")
    assert tried == {
        "preview": {
            "__typename": "HealthPreview",
            "version": 2,
            "bands": [],
            "moved": [],
            "warnings": [
                {"__typename": "EarlyWarning", "daysAhead": days, "accountCount": 0, "redBefore": 0, "redAfter": 0}
                for days in (30, 60)
            ],
            "files": [{"name": "health.yaml", "text": changed}],
            "difference": "health.yaml\n  ~ leaf payment_health: weight 5 → 3"
            "\n  ~ leaf contract_utilization: weight 2 → 4",
        },
        "userErrors": [],
    }
    assert refused["previewHealthModel"] == {
        "preview": None,
        "userErrors": [
            {"field": ["changes"], "code": "INVALID", "message": "The weights sum to 0.98. Make them sum to 1."}
        ],
    }
