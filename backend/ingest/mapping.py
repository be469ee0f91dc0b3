"""The mapping file of an import: which column of which file is what. docs/import.md describes every key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from backend.ingest.errors import UnusableMapping
from backend.usage.models import SourceKind

KindName = Literal["accounts", "members", "subscriptions", "invoices", "tickets", "events", "usage"]


def _word(value: Any) -> Any:
    """Numbers and truth values as the text that a CSV cell would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Word = Annotated[str, BeforeValidator(_word)]


class Part(BaseModel):
    """A part of a mapping file: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class When(Part):
    """The cell counts only on rows where another column holds (or does not hold) one of some words."""

    column: str
    is_: Annotated[tuple[Word, ...], Field(alias="is")] = ()
    is_not: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _one_side(self) -> When:
        if bool(self.is_) == bool(self.is_not):
            raise ValueError("say `is: [...]` or `is_not: [...]`")
        return self


class Cell(Part):
    """Where the value of a field comes from, and what is done to it."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    """Several columns: joined by `join`, or the first that is not empty with `first: true`."""
    constant: Word | None = None
    join: str = " "
    first: bool = False
    prefix: str = ""
    suffix: str = ""
    values: dict[Word, Word] = Field(default_factory=dict)
    """Words of the file → words of Waymark; others stay as they are."""
    default: Word | None = None
    """For an empty cell; with `values`, also for a word that is not listed."""
    format: str | None = None
    """Of dates and times, with YYYY, MM, DD, HH, MI and SS; or `unix` (seconds), `unix_ms`."""
    zone: str | None = None
    """Time zone of times that carry none; the organization's zone when empty."""
    when: When | None = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> Cell:
        if sum((self.column is not None, bool(self.columns), self.constant is not None)) != 1:
            raise ValueError("say one of `column`, `columns` and `constant`")
        return self

    def needs(self) -> tuple[str, ...]:
        """The columns that the file must have."""
        own = (self.column,) if self.column is not None else self.columns
        return (*own, self.when.column) if self.when else own


class KnownColumn(Part):
    """A column says since when the row could have been known."""

    column: str
    format: str | None = None


Cells = dict[str, Cell]


class FileMapping(Part):
    """How one file is read."""

    kind: KindName
    file: str | None = None
    """Name inside the folder of `waymark import --folder`."""
    columns: Cells = Field(default_factory=dict)
    measures: tuple[Cells, ...] = ()
    """Kind `usage` only: several numbers in one row, each with `metric`, `amount` and, if there is one, `users`."""
    extras: tuple[str, ...] = ()
    """Further columns kept as they are: traits of accounts, properties of events."""
    known: Literal["end_of_day", "now"] | KnownColumn = "end_of_day"
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","

    @field_validator("delimiter")
    @classmethod
    def _separates(cls, value: str) -> str:
        if value in '"\n\r\0\\':
            raise ValueError('a delimiter is one character, and not `"`, a backslash or a line end')
        return value

    @field_validator("encoding")
    @classmethod
    def _exists(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError as error:
            raise ValueError(f"there is no encoding {value!r}; write for example utf-8, latin-1 or utf-16") from error
        return value

    @model_validator(mode="after")
    def _measured(self) -> FileMapping:
        if self.measures and self.kind != "usage":
            raise ValueError("`measures` belongs to files of the kind usage")
        return self

    def facts(self) -> tuple[Cells, ...]:
        """The fields of each fact that a row states."""
        return tuple({**self.columns, **measure} for measure in self.measures) or (self.columns,)

    def needs(self) -> tuple[str, ...]:
        """The columns that the file must have, each once, in the order of the mapping."""
        named = [name for cells in self.facts() for cell in cells.values() for name in cell.needs()]
        named += [self.known.column] if isinstance(self.known, KnownColumn) else []
        return tuple(dict.fromkeys([*named, *self.extras]))


class SourceMapping(Part):
    """The source that the files come from; made at the first import."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]
    name: str | None = None
    kind: SourceKind = SourceKind.CSV


class Mapping(Part):
    """A whole mapping file."""

    source: SourceMapping
    files: Annotated[tuple[FileMapping, ...], Field(min_length=1)]

    def section(self, kind: str, file_name: str) -> FileMapping:
        """The section for a file given on the command line. Raises UnusableMapping when none or several fit."""
        of_kind = [section for section in self.files if section.kind == kind]
        named = [section for section in of_kind if section.file == file_name]
        if len(named or of_kind) == 1:
            return (named or of_kind)[0]
        names = ", ".join(str(section.file) for section in of_kind) or "none"
        raise UnusableMapping(
            f"The mapping has {len(of_kind)} sections of the kind {kind} (files: {names}), so it does not say how "
            f"{file_name} is read. Give the section that fits `file: {file_name}`."
        )
