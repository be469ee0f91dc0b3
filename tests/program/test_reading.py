from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InvalidInput
from backend.program import document
from backend.program.assemble import DEFAULT, files, load, parse
from backend.program.errors import ProgramInvalid
from backend.program.folder import read_folder

pytestmark = pytest.mark.unit

TIERS = "tiers:\n  basic:\n    name: Basic\n    rank: 1\n"
METRICS = "metrics:\n  visits:\n    name: Visits\n    core: true\n"
DEFAULTS = {name: (DEFAULT / name).read_text("utf-8") for name in files()}


def problems(**changed: str) -> tuple[str, ...]:
    """Problems of a small program, with the texts of files replaced: `tiers=...` is tiers.yaml."""
    texts = {**DEFAULTS, "tiers.yaml": TIERS, "metrics.yaml": METRICS}
    own = {f"{name}.yaml": text for name, text in changed.items()}
    with pytest.raises(ProgramInvalid) as refused:
        parse({**texts, **own})
    return tuple(line for line in refused.value.problems if line.partition(":")[0] in own)


def test_the_default_program_is_valid() -> None:
    assert tuple(load(DEFAULT).files) == files()


def test_every_problem_of_every_file_is_told_at_once() -> None:
    told = problems(
        tiers="tiers:\n  basic:\n    nmae: Basic\n    rank: '1'\n    limits: {visits: 0}\n",
        metrics="metrics:\n  visits:\n    name: Visits\n    core: 1\n  Big One:\n    name: x\n",
    )

    assert told == (
        "tiers.yaml:2: tiers.basic.name: is missing. Add it.",
        "tiers.yaml:3: tiers.basic.nmae: is unknown. Did you mean name?",
        'tiers.yaml:4: tiers.basic.rank: should be a valid integer; it is "1".',
        "tiers.yaml:5: tiers.basic.limits.visits: should be greater than or equal to 1; it is 0.",
        "metrics.yaml:4: metrics.visits.core: should be a valid boolean; it is 1.",
        "metrics.yaml:5: metrics.Big One: should be lower-case letters, digits and underscores, beginning with a"
        ' letter; it is "Big One".',
    )


def test_a_reference_into_another_file_is_checked() -> None:
    told = problems(tiers=TIERS + "    limits: {visit: 10}\n    core_features: [visits, sleeps]\n")

    assert told == (
        "tiers.yaml:5: tiers.basic.limits.visit: visit is no metric of metrics.yaml. Did you mean visits?",
        "tiers.yaml:6: tiers.basic.core_features[1]: sleeps is no metric of metrics.yaml. Known: visits.",
    )


def test_what_senders_call_a_trait_leads_to_one_that_there_is() -> None:
    told = problems(accounts="traits:\n  agents: {name: Agents}\n", mapping="traits:\n  a: agents\n  b: agent\n")

    assert told == ("mapping.yaml:3: traits.b: accounts.yaml has no trait agent. Did you mean agents?",)


def test_a_check_that_needs_an_unreadable_file_is_left_out() -> None:
    told = problems(
        tiers=TIERS + "    limits: {visit: 10}\n  other:\n    name: Other\n    rank: 1\n", metrics="metrics: [\n"
    )

    assert told == (
        "tiers.yaml:4: tiers.basic.rank: is 1 in more than one tier. Give each its own.",
        "tiers.yaml:8: tiers.other.rank: is 1 in more than one tier. Give each its own.",
        "metrics.yaml:2: is not YAML: while parsing a flow node expected the node content, but found '<stream end>'.",
    )


@pytest.mark.parametrize(
    "text, told",
    [
        ("tiers:\n\tbasic: {}\n", "2: is not YAML: while scanning for the next token found character '\\t' that cannot"
         " start any token. Indent with spaces, never with tabs."),
        ("tiers: 'x\n", "2: is not YAML: while scanning a quoted scalar found unexpected end of stream."),
        ("tiers: a\x01b\n", "1: is not YAML: the character U+0001 may not stand in it."),
        ("tiers: .nan\n", "1: tiers: is `.nan`, which is not a finite number. Write a number."),
        ("a: 1\ntiers: -.INF\n", "2: tiers: is `-.INF`, which is not a finite number. Write a number."),
        ("tiers: 1e999\n", "1: tiers: is `1e999`, which is too large a number. Write a smaller one."),
        ("tiers: 9007199254740992\n", "1: tiers: is a whole number beyond 9,007,199,254,740,991. Write a smaller one."),
        ("tiers:\n  a: 1\n  a: 2\n", "3: tiers.a: stands twice (first on line 2). Keep one."),
        ("tiers: {1: x}\n", "1: tiers: has the key `1`, which is not text. Put it in quotes."),
        ("tiers: {[a]: x}\n", "1: tiers: has a list or a mapping as a key. Keys are text."),
        ("tiers: !!python/name:os.system x\n",
         "1: tiers: has the tag `tag:yaml.org,2002:python/name:os.system`. Leave tags out."),
        ("base: &b {a: 1}\ntiers:\n  <<: *b\n", "3: tiers.<<: merges with `<<`. Write the fields out."),
        ("tiers: &t [*t]\n", "1: tiers: refers to *t, which is not complete before it. Define &t further up."),
        ("tiers: {}\n---\ntiers: {}\n", "2: holds a second document. Write one, without `---` between parts."),
        ("tiers: " + "[" * 30 + "]" * 30, "1: tiers" + "[0]" * 22 + ": is nested more than 24 deep. Flatten it."),
        ('tiers: "\\0"\n', "1: tiers: holds a NUL or half a surrogate pair, which a database cannot store. Remove it."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_where_and_why(text: str, told: str) -> None:
    assert problems(tiers=text) == (f"tiers.yaml:{told}",)


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "tiers.yaml:1: tiers: is missing. Add it."),
        ("- a\n", "tiers.yaml:1: should be an object; it is a list."),
        ("tiers: {}\n", "tiers.yaml:1: tiers: holds 0. Write at least 1."),
        (TIERS + "    health_visibility: MAYBE\n",
         "tiers.yaml:5: tiers.basic.health_visibility: should be 'HIDDEN', 'WORDS' or 'SCORE'; it is \"MAYBE\"."),
        (TIERS + "    monthly_price: {amount: 19.999, currency: USD}\n",
         "tiers.yaml:5: tiers.basic.monthly_price.amount: has more than 2 decimal places of USD. Round it."),
        (TIERS + "    monthly_price: {amount: 1.5, currency: JPY}\n",
         "tiers.yaml:5: tiers.basic.monthly_price.amount: has more than 0 decimal places of JPY. Round it."),
        (TIERS + "    plans: [a, b, a]\n",
         "tiers.yaml:5: tiers.basic.plans[0]: a is listed more than once. Keep it in one tier.|"
         "tiers.yaml:5: tiers.basic.plans[2]: a is listed more than once. Keep it in one tier."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_place(text: str, told: str) -> None:
    assert "|".join(problems(tiers=text)) == told


def test_aliases_work_and_an_alias_bomb_is_refused() -> None:
    names = "abcdefghijkl"
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(names)
    )

    assert document.read("a: &a [1, 2]\nb: *a\n").value == {"a": [1, 2], "b": [1, 2]}
    assert problems(tiers=bomb) == (
        "tiers.yaml:5: e: holds more than 50,000 values once its aliases are followed. Split it, or use fewer.",
    )


def test_words_of_yaml_1_1_stay_text() -> None:
    assert document.read("a: no\nb: 2026-12-25\nc: 0o10\nd: 1_000\ne: '5'\nf: 010\n").value == {
        "a": "no",
        "b": "2026-12-25",
        "c": "0o10",
        "d": "1_000",
        "e": "5",
        "f": 10,
    }


@settings(max_examples=150, deadline=None, database=None)
@given(st.sampled_from(sorted(DEFAULTS)), st.data())
def test_a_damaged_file_is_read_or_refused_and_never_breaks_the_reader(name: str, data: st.DataObject) -> None:
    text = DEFAULTS[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    put = data.draw(st.text("a1-:[]{}&*!|>'\"%@`#,? \n\t\\~.\x00é<", max_size=8))

    problems: tuple[str, ...] = ()
    try:
        parse({**DEFAULTS, name: text[:start] + put + text[end:]})
    except ProgramInvalid as refused:
        problems = refused.problems

    assert all(re.match(r"[a-z]+\.yaml:[1-9]\d*: ", line) for line in problems)


def folder_of_the_default(folder: Path) -> None:
    for name, text in DEFAULTS.items():
        (folder / name).write_text(text, "utf-8")


def escape(folder: Path) -> None:
    outside = folder.parent / "outside.yaml"
    outside.write_text(TIERS)
    (folder / "tiers.yaml").unlink()
    (folder / "tiers.yaml").symlink_to(outside)


def pipe(folder: Path) -> None:
    (folder / "tiers.yaml").unlink()
    os.mkfifo(folder / "tiers.yaml")


@pytest.mark.parametrize(
    "spoil, told",
    [
        (lambda folder: (folder / "tiers.yaml").unlink(),
         "tiers.yaml:1: is missing from {folder}. Copy it from the default program and adapt it."),
        (lambda folder: (folder / "tier.yaml").write_text("x"),
         "tier.yaml:1: is no program file. Did you mean tiers.yaml?"),
        (lambda folder: (folder / "tiers.yaml").write_bytes(b"# caf\xc3\xa9\n# caf\xe9\n"),
         "tiers.yaml:2: byte 13 is not UTF-8. Save the file as UTF-8."),
        (lambda folder: (folder / "tiers.yaml").write_bytes(b"#" * 10_485_760),
         "tiers.yaml:1: is larger than 1,048,576 bytes. A program file holds words and numbers, no data."),
        (escape, "tiers.yaml:1: is a link that leads out of the folder. Put the file itself there."),
        (pipe, "tiers.yaml:1: is not a regular file. Put a file there."),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_used_says_why(tmp_path: Path, spoil: Callable[[Path], object], told: str) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    folder_of_the_default(folder)
    spoil(folder)

    with pytest.raises(ProgramInvalid) as refused:
        read_folder(folder, files())

    assert refused.value.problems == (told.format(folder=folder),)


def test_a_folder_may_hold_a_readme_and_a_byte_order_mark(tmp_path: Path) -> None:
    folder_of_the_default(tmp_path)
    (tmp_path / "README.md").write_text("about it")
    (tmp_path / ".gitignore").write_text("")
    (tmp_path / "tiers.yaml").write_bytes(b"\xef\xbb\xbf" + DEFAULTS["tiers.yaml"].encode())

    assert read_folder(tmp_path, files()) == DEFAULTS


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        load(tmp_path / "nowhere")

    assert str(refused.value) == f"{tmp_path}/nowhere: No such file or directory. Name a folder of program files."
