"""`waymark import` and `waymark sources` as a person runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.commands.mapping_file import read_mapping
from backend.ingest.errors import UnusableMapping
from backend.settings import Settings
from tests.command_line import waymark
from tests.ingest.files import Importer

MAPPING = """\
source: {key: product, name: The product, kind: PRODUCT}
files:
  - kind: usage
    file: usage.csv
    columns:
      account: account
      day: day
      metric: metric
      amount: n
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "usage.csv").write_text(
        "account,day,metric,n,note\nacme,2024-03-01,logins,5,\nacme,2024-03-02,logins,x,\n"
    )
    return tmp_path


async def test_an_import_sums_up_and_names_its_rejects(load: Importer, settings: Settings, folder: Path) -> None:
    rejects = folder / "refused.csv"

    done = await waymark(
        settings,
        "import",
        "usage",
        str(folder / "usage.csv"),
        "--mapping",
        str(folder / "mapping.yaml"),
        "--rejects",
        str(rejects),
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "usage.csv: 2 rows of usage, 2024-03-01 to 2024-03-01: 1 taken, 0 unchanged, 1 rejected.",
        f"  Rejected rows with line, field and reason: {rejects}",
        "  Ignored columns: note",
    ]
    assert rejects.read_text().splitlines() == [
        "file,line,field,reason,row",
        'usage.csv,3,amount,is not a number: x,"acme,2024-03-02,logins,x,"',
    ]


async def test_sources_say_what_they_feed_and_whether_they_are_silent(
    load: Importer, settings: Settings, folder: Path
) -> None:
    assert (await waymark(settings, "sources")).stdout == (
        "No source has delivered anything yet; see docs/import.md.\n"
    )
    await waymark(
        settings,
        "import",
        "--folder",
        str(folder),
        "--mapping",
        str(folder / "mapping.yaml"),
        "--rejects",
        str(folder / "r.csv"),
    )

    shown = (await waymark(settings, "sources")).stdout.splitlines()

    assert shown[0].startswith("product (PRODUCT): last received 20")
    assert shown[0].endswith("; silent, last delivery of 2024-03-01")
    assert shown[1:] == ["  metric:logins                            2024-03-01 to 2024-03-01"]


async def test_the_source_of_the_command_line_wins(load: Importer, settings: Settings, folder: Path) -> None:
    await waymark(
        settings,
        "import",
        "--folder",
        str(folder),
        "--mapping",
        str(folder / "mapping.yaml"),
        "--rejects",
        str(folder / "r.csv"),
        "--source",
        "other",
    )

    assert await load.rows("select key, name from sources") == [("other", "The product")]


@pytest.mark.parametrize(
    "arguments,told",
    [
        (["usage", "none.csv"], "There is no file none.csv; nothing was imported."),
        (["usage"], "Give KIND and FILE, or --folder DIR."),
        (["members", "usage.csv"], "The mapping has 0 sections of the kind members"),
    ],
)
async def test_what_cannot_be_imported_is_one_line(
    load: Importer, settings: Settings, folder: Path, arguments: list[str], told: str
) -> None:
    done = await waymark(settings, "import", *arguments, "--mapping", str(folder / "mapping.yaml"))

    assert done.returncode in {1, 2}
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "text,told",
    [
        ("source: {key: a}\n", ["1: files: Field required."]),
        ("source: {key: A b}\nfiles: []\n", ["1: source.key: ", "2: files: "]),
        (
            MAPPING.replace("day: day", "day: {colum: day}"),
            ["7: files.0.columns.day.colum: Extra inputs"],
        ),
        (MAPPING.replace("day: day", "day: {column: day, constant: x}"), ["7: files.0.columns.day: say one of"]),
        (
            MAPPING.replace("day: day", "day: {column: day, when: {column: x}}"),
            ["7: files.0.columns.day.when: say `is: [...]`"],
        ),
        (MAPPING + "    encoding: latin-99\n", ["10: files.0.encoding: there is no encoding 'latin-99'"]),
        (MAPPING + "    known: yesterday\n", ["10: files.0.known"]),
        (MAPPING + '    delimiter: ";;"\n', ["10: files.0.delimiter: "]),
        (MAPPING.replace("kind: usage", "kind: dreams"), ["3: files.0.kind: Input should be 'accounts', "]),
        ("source: {key: a\n", ["is not YAML"]),
    ],
)
def test_a_wrong_mapping_names_file_line_and_field(tmp_path: Path, text: str, told: list[str]) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(text)

    with pytest.raises(UnusableMapping) as refused:
        read_mapping(path)

    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    for part in told:
        assert any(part in line for line in lines), lines


async def test_a_recount_counts_stored_events_by_the_new_mapping(load: Importer, settings: Settings) -> None:
    columns = {"account": "account", "name": "event", "occurred_at": "at"}
    await load("account,event,at\nacme,came,2024-03-01 10:00\nacme,came,2024-03-01 11:00\n", "events", columns)
    assert await load.usage() == []
    await load.execute(
        "insert into event_mappings (event_name, metric_id) select 'came', id from metrics where key = 'logins'"
    )

    done = await waymark(settings, "recount")

    assert done.stdout == "Counted all stored events anew: 1 daily counts.\n"
    assert await load.usage() == [("acme", "2024-03-01", "logins", "2024-03-01", 2, 0)]
