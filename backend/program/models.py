"""Tables of the program."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Json, RecordedAt


class ProgramVersion(Base):
    """A set of program files as applied. The highest number is the running version."""

    __tablename__ = "program_versions"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[Code]
    """SHA-256 over file names and contents, in hex."""
    files: Mapped[Json]
    """File name → text."""
    difference: Mapped[Code]
    applied_by: Mapped[Code]
    applied_at: Mapped[RecordedAt]
