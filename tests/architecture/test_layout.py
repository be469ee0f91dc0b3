"""The layout's rules. Each failure says why the rule is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]

FEATURES = tuple(
    """
    identity applications accounts engagement tasks notifications experiments usage ingest billing support
    health journeys badges points rewards referrals community feedback
    risk alerts playbooks advocacy coaching expansion reports
    """.split()  # noqa: SIM905 - the design's lines, as they are read
)
"""Left to right: a feature calls services only to its left."""

API = {"graphql", "mutations"}
"""A feature's modules on the side of the API, each a file or a folder."""
ASSEMBLERS = ("backend.filters", "backend.erasure", "backend.events", "backend.program", "backend.graphql.schema")
DECLARED_THROUGH = {"backend.program.section", "backend.events", "backend.filters"}
"""What a feature imports in order to declare something; the assembling modules beside them are out of its reach."""

FILE_LIMIT = 600
CLOCKS = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|func\.now|func\.current_timestamp)\(")
CLOCK_ALLOWED = {
    "backend/doctor.py": "the host's clock is what it looks at",
    "backend/db/ids.py": "the time bits of an id",
    "backend/logging.py": "the moment at which a line is written",
    "backend/identity/tokens.py": "tokens expire by the time their bearer sees",
    "backend/identity/keys.py": "the seconds for which a verified key is remembered",
}


def modules(*folders: str) -> Iterator[tuple[str, Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, path, ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def feature_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "backend" and parts[1] in FEATURES else None


def is_in(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def is_of_api(module: str) -> bool:
    """Whether a module, named `backend.<feature>.<module>…`, is of a feature's side of the API."""
    return not API.isdisjoint(module.split(".")[2:3])


def test_jobs_do_not_import_the_api() -> None:
    wrong = [(m, i) for m, _, tree in modules("jobs") for i in imports(tree) if is_in(i, "backend.graphql")]

    assert wrong == [], "a worker must not load the API: it starts slower and drags in what it never uses"


def test_nothing_imports_jobs() -> None:
    wrong = [(m, i) for m, _, tree in modules("backend", "migrations") for i in imports(tree) if is_in(i, "jobs")]

    assert wrong == [], "work is asked for through backend.work.enqueue; importing an actor couples the web to workers"


def test_services_do_not_import_graphql() -> None:
    wrong = [
        (m, i)
        for m, _, tree in modules("backend")
        if feature_of(m) and not is_of_api(m)
        for i in imports(tree)
        if is_in(i, "backend.graphql", "strawberry", "graphql")
    ]

    assert wrong == [], "a service is called by the API, jobs and commands alike: it knows nothing of GraphQL"


def test_a_feature_imports_only_to_its_left() -> None:
    wrong = []
    for module, _, tree in modules("backend"):
        own = feature_of(module)
        if own is None or is_of_api(module):
            continue
        for imported in imports(tree):
            other = feature_of(imported)
            if other and FEATURES.index(other) > FEATURES.index(own):
                wrong.append((module, imported))

    assert wrong == [], "features depend leftwards; rightwards they speak through domain events (backend/events.py)"


def test_health_reads_other_features_through_their_queries() -> None:
    allowed = re.compile(r"\.(queries|models|program|rules|service)(\.|$)")
    wrong = [
        (m, i)
        for m, _, tree in modules("backend/health")
        for i in imports(tree)
        if feature_of(i) not in {None, "health"} and not allowed.search(i) and i.count(".") > 1
    ]

    assert wrong == [], "health reads metrics, seats, plans, limits and invoices through queries.py, nothing else"


def test_features_do_not_import_what_assembles_them() -> None:
    wrong = [
        (m, i)
        for m, _, tree in modules("backend")
        if feature_of(m) and not is_of_api(m)
        for i in imports(tree)
        if is_in(i, *ASSEMBLERS) and not is_in(i, *DECLARED_THROUGH) and i != "backend.program"
    ]

    assert wrong == [], "filters, events, program and the schema collect what features declare, never the other way"


@pytest.mark.parametrize("folder", ["backend", "jobs", "migrations", "tests", "bench"])
def test_files_stay_small(folder: str) -> None:
    if not (ROOT / folder).is_dir():
        return
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
        if "versions" not in path.parts
    }

    assert {p: n for p, n in lengths.items() if n > FILE_LIMIT} == {}, "split by subject: one file has one subject"


def test_no_file_is_named_after_nothing() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for _, path, _ in modules("backend", "jobs", "tests")
        if path.stem in {"utils", "util", "helpers", "helper", "common", "misc"}
    ]

    assert wrong == [], "a file is named after what is in it; if it has no name, its content belongs elsewhere"


def test_only_settings_read_the_environment() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for _, path, _ in modules("backend", "jobs", "migrations")
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text("utf-8"))
        and path.name not in {"settings.py", "supervisor.py", "children.py", "processes.py"}
    ]

    assert wrong == [], (
        "settings are read once, in backend/settings.py; the supervisor hands children their environment"
    )


def test_there_is_one_clock() -> None:
    wrong = [
        (str(path.relative_to(ROOT)), match.group(0))
        for _, path, _ in modules("backend", "jobs")
        if str(path.relative_to(ROOT)) not in CLOCK_ALLOWED
        for match in CLOCKS.finditer(path.read_text("utf-8"))
    ]

    assert wrong == [], "time is waymark_now() (backend/db/clock.py), so that tests and the time machine can move it"
