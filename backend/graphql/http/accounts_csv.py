"""`GET /export/accounts.csv`: the accounts of a filter, in an order, as a file for spreadsheets.

The rows are those of the API's own `accounts`, page after page, so that permissions, row security and filters are the
same; memory holds one page. Texts that a spreadsheet would take for a formula are written as texts.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from backend.accounts import views
from backend.errors import InvalidInput
from backend.graphql.http import executing
from backend.graphql.http.answers import for_nobody, result_text
from backend.graphql.http.buckets import CHARACTERS_A_POINT, READING
from backend.graphql.http.callers import Caller, caller
from backend.graphql.http.negotiation import JSON, STATUS
from backend.graphql.http.reading import LONGEST_ADDRESS, Unreadable
from backend.graphql.planner import Outcome, Prepared, Refusal, problem
from backend.identity import audit
from backend.money import minor_digits

MOST_ROWS = 25_000
PAGE = 100
DEFAULT_COLUMNS = ("name", "tier", "score", "category", "mrr", "currency", "renewsOn", "successManager")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""With what a cell begins that a spreadsheet would calculate."""
DOCUMENT = """query Export($filter: AccountFilter, $orderBy: AccountOrder, $after: String, $isFirst: Boolean!) {
  accounts(filter: $filter, orderBy: $orderBy, first: %d, after: $after) {
    totalCount @include(if: $isFirst) totalCountIsCapped @include(if: $isFirst)
    nodes { %s } pageInfo { hasNextPage endCursor } } }"""

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """What is asked of each account, and the cell that it becomes."""

    selection: str
    cell: Callable[[Any], Any]


def _at(*path: str) -> Column:
    """The value at a path of fields; empty where something on the way is null."""

    def cell(node: Any) -> Any:
        for name in path:
            node = None if node is None else node[name]
        return node

    *outer, last = path
    return Column(" { ".join((*outer, last)) + " }" * len(outer), cell)


def _amount(node: Node) -> Any:
    mrr = (node["internal"] or {}).get("mrr")
    if mrr is None:
        return None
    digits = minor_digits(mrr["currencyCode"])
    return f"{Decimal(mrr['amountMinor']).scaleb(-digits):.{digits}f}"


def _change(window: str) -> tuple[Column, Column]:
    field = f"scoreChange{window}"
    change = Column(
        f"internal {{ {field}: scoreChange(window: DAYS_{window}) }}", lambda node: (node["internal"] or {}).get(field)
    )
    said = f"whyMoved{window}"
    why = Column(
        f"internal {{ {said}: whyMoved(window: DAYS_{window}) }}", lambda node: (node["internal"] or {}).get(said)
    )
    return change, why


_change7, _why7 = _change("7")
_change30, _why30 = _change("30")
COLUMNS: Mapping[str, Column] = {
    "name": _at("name"),
    "externalId": _at("externalId"),
    "tier": _at("tier", "name"),
    "industry": _at("industry"),
    "customerSince": _at("customerSince"),
    "successManager": _at("successManager", "displayName"),
    "score": _at("internal", "health", "score"),
    "band": _at("internal", "health", "band"),
    "category": _at("internal", "health", "category"),
    "change7": _change7,
    "why7": _why7,
    "change30": _change30,
    "why30": _why30,
    "pulse": _at("internal", "pulse", "mood"),
    "mrr": Column("internal { mrr { amountMinor currencyCode } }", _amount),
    "currency": _at("internal", "mrr", "currencyCode"),
    "seats": _at("internal", "seats"),
    "renewsOn": _at("internal", "renewsOn"),
    "churnedOn": _at("internal", "churnedOn"),
    "lastTouchAt": _at("internal", "lastTouchAt"),
    "tags": Column("internal { tags }", lambda node: ", ".join((node["internal"] or {}).get("tags") or ())),
}
"""By the words of saved views."""


def column_of(name: str) -> Column:
    """The column that a saved view calls so."""
    if not name.startswith(views.TRAIT):
        return COLUMNS[name]
    key = name.removeprefix(views.TRAIT)
    return Column("internal { traits }", lambda node: ((node["internal"] or {}).get("traits") or {}).get(key))


def written(value: Any) -> str:
    """A cell. A text that a spreadsheet would calculate gets an apostrophe before it; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal() and text.isascii()


def lines(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as RFC 4180 writes them."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(rows)
    return made.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Export:
    """One request: who asks, the columns, and how each page is asked for."""

    state: Mapping[str, Any]
    who: Caller
    columns: Sequence[str]
    variables: Mapping[str, Any]

    async def page(self, after: str | None) -> Prepared:
        """The operation of a page. Raises Refusal."""
        selection = " ".join(dict.fromkeys(column_of(name).selection for name in self.columns))
        variables = {**self.variables, "after": after, "isFirst": after is None}
        planner, text = self.state["planner"], DOCUMENT % (PAGE, selection)
        prepared: Prepared | None = planner.known(text, None, variables, self.who.viewer)
        if prepared is None:
            with planner.turn(text):
                await self.pay(READING + len(text) // CHARACTERS_A_POINT)
                prepared = await planner.prepare_aside(text, None, variables, self.who.viewer)
        return prepared

    async def pay(self, points: int) -> None:
        """Take points. Raises Refusal where there are too few."""
        taken = await self.state["buckets"].take(self.who.buckets, points)
        if not taken.fits:
            message = "Too much was asked for in a short time. Try again later."
            raise Refusal([problem("THROTTLED", message, retryAfter=round(taken.wait_seconds) + 1)])

    def points(self, prepared: Prepared) -> int:
        """What a page costs, at most all that a bucket holds."""
        return min(prepared.cost, *(bucket.maximum for bucket in self.who.buckets))

    async def answer(self, prepared: Prepared) -> dict[str, Any]:
        """The connection of a page. Raises Refusal."""
        try:
            with self.state["patience"].limit(executing.OPERATION_SECONDS):
                outcome: Outcome = await self.state["planner"].run(prepared, self.state["database"].read)
        except TimeoutError:
            raise Refusal([problem("TIMEOUT", "The export took too long. Choose fewer columns.")]) from None
        if outcome.data is None:
            raise Refusal(outcome.errors)
        found: dict[str, Any] = orjson.loads(outcome.data)["accounts"]
        return found

    def rows(self, page: Mapping[str, Any]) -> bytes:
        """The lines of a page."""
        cells = [column_of(name).cell for name in self.columns]
        return lines([[written(cell(node)) for cell in cells] for node in page["nodes"]])

    async def rest(self, first: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """The file, of which the first page is at hand. Whoever has used up their points waits for more."""
        headings = [written(views.COLUMNS.get(name, name.removeprefix(views.TRAIT))) for name in self.columns]
        yield b"\xef\xbb\xbf" + lines([headings]) + self.rows(first)  # the mark by which Excel knows UTF-8
        info = first["pageInfo"]
        while info["hasNextPage"]:
            prepared = await self.page(info["endCursor"])
            taken = await self.state["buckets"].take(self.who.buckets, self.points(prepared))
            while not taken.fits:
                await asyncio.sleep(taken.wait_seconds)
                taken = await self.state["buckets"].take(self.who.buckets, self.points(prepared))
            page = await self.answer(prepared)
            yield self.rows(page)
            info = page["pageInfo"]


async def accounts_csv(request: Request) -> Response:
    """Export accounts. Answers errors as GraphQL does."""
    headers = {name: value.decode("latin-1") for name, value in request.scope["headers"]}
    state = request.scope["state"]
    try:
        who = await caller(request.scope, headers)
        export = Export(state, who, _columns(request), _variables(request))
        prepared = await export.page(None)
        await export.pay(export.points(prepared))
        first = await export.answer(prepared)
    except Unreadable as unreadable:
        return _refused([unreadable.error], state, unreadable.status)
    except Refusal as refusal:
        if not who.is_known:
            for_nobody(refusal.errors)
        return _refused(refusal.errors, state)
    except InvalidInput as invalid:
        return _refused([problem("BAD_USER_INPUT", invalid.message)], state)
    if first["totalCountIsCapped"]:
        message = f"The filter finds more than {MOST_ROWS:,} accounts. Narrow it, and export part by part."
        return _refused([problem("BAD_USER_INPUT", message)], state)
    async with state["database"].begin("staff", person_id=who.viewer.person_id) as session:
        told = {"accounts": first["totalCount"], "columns": list(export.columns)}
        await audit.record_of(session, who.viewer, "accounts.exported", subject="accounts:csv", after=told)
    sent = {"content-disposition": 'attachment; filename="accounts.csv"', "cache-control": "no-store"}
    return StreamingResponse(export.rest(first), media_type="text/csv; charset=utf-8", headers=sent)


def _columns(request: Request) -> list[str]:
    given = request.query_params.get("columns")
    return views.checked_columns(given.split(",") if given else DEFAULT_COLUMNS)


def _variables(request: Request) -> dict[str, Any]:
    if len(request.scope["query_string"]) > LONGEST_ADDRESS:
        raise Unreadable(414, f"The address is longer than {LONGEST_ADDRESS:,} bytes. Simplify the filter.")
    unknown = sorted(request.query_params.keys() - {"columns", "filter", "orderBy"})
    if unknown:
        raise Unreadable(400, f"{unknown[0][:60]!r} is unknown. Known: columns, filter, orderBy.")
    found: dict[str, Any] = {}
    for name in ("filter", "orderBy"):
        if text := request.query_params.get(name):
            try:
                found[name] = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise Unreadable(400, f"{name} is not JSON.") from None
    return found


def _refused(errors: list[dict[str, Any]], state: Mapping[str, Any], status: int | None = None) -> Response:
    body = result_text(None, None, errors, state.get("request_id", ""))
    code = status or STATUS.get(errors[0]["extensions"]["code"], 400)
    wait = errors[0]["extensions"].get("retryAfter")
    headers = {"cache-control": "no-store", **({"retry-after": str(wait)} if wait else {})}
    return Response(body, code, headers, JSON)


ROUTES = [Route("/export/accounts.csv", accounts_csv, methods=["GET"])]
