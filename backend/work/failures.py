"""What is stored about a failure: enough to find it, without secrets and without the data of customers."""

from __future__ import annotations

import re

from sqlalchemy.exc import DBAPIError

LONGEST = 500
CREDENTIALS = re.compile(r"//[^/\s@]*@")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")


def describe(error: BaseException) -> str:
    """The error's class and message, at most 500 characters.

    Of a database error only its first line is told: details and parameters would show rows. Passwords in addresses
    are left out.
    """
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ or error.orig if error.orig is not None else error
        name, message = type(cause).__name__, str(cause).partition("\n")[0]
    else:
        name, message = type(error).__name__, str(error)
    message = UNPRINTABLE.sub(" ", CREDENTIALS.sub("//…@", message)).strip()
    return f"{name}: {message}"[:LONGEST] if message else name
