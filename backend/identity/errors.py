"""What identity refuses.

DomainError
├── NotSignedIn
│   ├── WrongPassword      address and password do not belong together, or nobody has the address
│   ├── DemoIsLocal        the demo's passwords are known to everybody, and work on its own machine alone
│   ├── BadCredential      a token or key that is forged, expired, revoked or of someone who left
│   ├── AccessRunOut       a browser's access token has ended, and its session may go on
│   ├── SessionOver        a session that has ended, or a refresh token that is not its newest
│   ├── ViewOver           a view as a customer that has run out, or whose session is another
│   ├── LinkOver           a mailed link that was used, has run out, or was never made
│   ├── SecondFactorRequired  the first factor was right, and a code has to follow
│   ├── ChallengeOver      a challenge that was answered, has run out, or was never made
│   ├── BadOutsideToken    a token that somebody else signed, or should have
│   └── NotLetIn           somebody else says who it is, and that person may not sign in so
├── InvalidInput
│   ├── AccountRequired    a person with several accounts has to say for which one they sign in
│   └── WrongCode          a code of an authenticator app, or a recovery code, that does not count
├── Conflict
│   ├── AlreadyMember      the person belongs to the account
│   ├── SecondFactorUnreadable  the second factor was stored under another WAYMARK_SECRET
│   └── LastAdmin          nobody would be left who may manage the account's people
├── ProviderFailed         the server that says who people are cannot be used now
└── LimitReached
    └── TooManyAttempts    guessing is slowed down
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.errors import Conflict, DomainError, InvalidInput, LimitReached, NotSignedIn


class WrongPassword(NotSignedIn):
    """Address and password do not belong together. Says the same when nobody has the address."""

    def __init__(self) -> None:
        super().__init__("The address or the password is wrong.")


class DemoIsLocal(NotSignedIn):
    """The data are the demo's, whose passwords everybody knows, and the request comes from another machine."""

    def __init__(self) -> None:
        super().__init__(
            "These are the demo's data, and its passwords work on the machine that runs it alone. `waymark demo leave` "
            "goes on to your own data."
        )


class BadCredential(NotSignedIn):
    """The token or key is not, or no longer, valid. The message never says which part was wrong."""

    def __init__(self) -> None:
        super().__init__("The access token or API key is not valid. Sign in again, or make a new key.")


class AccessRunOut(NotSignedIn):
    """The browser's access token has ended. Its session may still be refreshed."""

    def __init__(self) -> None:
        super().__init__("The access token has run out: POST /auth/refresh, and ask again.")


class SessionOver(NotSignedIn):
    """The session has ended, or the refresh token is not good. The message never says which."""

    def __init__(self) -> None:
        super().__init__("The session is over. Sign in again.")


class ViewOver(NotSignedIn):
    """The view as a customer has run out, or belongs to another session. The message never says which."""

    code = "VIEW_OVER"

    def __init__(self) -> None:
        super().__init__("This view as a customer is over. Open it again from the account.")


class LinkOver(NotSignedIn):
    """The mailed link was used, has run out, or was never made. The message never says which."""

    def __init__(self) -> None:
        super().__init__("This link does not hold any more. Ask for a new one.")


class SecondFactorRequired(NotSignedIn):
    """The first factor was right, and a code has to follow."""

    code = "SECOND_FACTOR_REQUIRED"

    def __init__(self, challenge: str, seconds: int) -> None:
        super().__init__(
            "A code is needed: POST /auth/second-factor with this challenge and a code of your authenticator app, or a "
            "recovery code.",
            params={"challenge": challenge, "expiresIn": seconds},
        )


class ChallengeOver(NotSignedIn):
    """The challenge was answered, has run out, or was never made. The message never says which."""

    def __init__(self) -> None:
        super().__init__("This sign-in took too long or is over. Begin again.")


class BadOutsideToken(NotSignedIn):
    """A token that somebody else signed is not good. `reason` tells whoever made it what is wrong with it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The token is not accepted: {reason}.", params={"reason": reason})


class NotLetIn(NotSignedIn):
    """It is known who it is, and they may not sign in this way; the message says what to do."""


class ProviderFailed(DomainError):
    """The identity provider cannot be reached, or answers what cannot be used. The log has the reason."""

    code = "PROVIDER_FAILED"

    def __init__(self, name: str) -> None:
        super().__init__(f"Signing in with {name} does not work at the moment. Try again in some minutes.")


class AccountRequired(InvalidInput):
    """The person belongs to several accounts."""

    code = "ACCOUNT_REQUIRED"

    def __init__(self, accounts: Sequence[UUID]) -> None:
        super().__init__("You belong to more than one account: say for which with accountId.", field=["accountId"])
        self.accounts = list(accounts)


class WrongCode(InvalidInput):
    """The code of the authenticator app or the recovery code is wrong, or was used before."""

    code = "WRONG_CODE"

    def __init__(self) -> None:
        super().__init__("The code is wrong or was used before. Wait for the next one.", field=["code"])


class AlreadyMember(Conflict):
    """The person belongs to the account already."""

    code = "ALREADY_MEMBER"

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} belongs to the account already.", field=["email"], params={"email": email})


class SecondFactorUnreadable(Conflict):
    """The second factor was stored under another WAYMARK_SECRET, so no code can be right."""

    code = "SECOND_FACTOR_UNREADABLE"

    def __init__(self) -> None:
        super().__init__(
            "Your second factor cannot be read any more. Ask whoever runs Waymark for `waymark reset-two-factor`, then "
            "sign in without a code and turn it on again."
        )


class LastAdmin(Conflict):
    """Nobody would be left who may manage the account's people."""

    code = "LAST_ADMIN"

    def __init__(self, account: str | None = None) -> None:
        if account is None:
            super().__init__("This is the account's last admin. Make somebody else an admin first.", field=["memberId"])
        else:
            super().__init__(f"You are the last admin of {account}. Make somebody else an admin first.")


class TooManyAttempts(LimitReached):
    """Too many attempts for this address, session or person, or from this network address."""

    code = "THROTTLED"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {seconds} seconds.", params={"retryAfter": seconds})
        self.seconds = seconds
