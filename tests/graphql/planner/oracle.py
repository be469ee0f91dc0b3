"""The answer that the planner must give, from graphql-core's executor over the same rows in memory.

Only resolvers are written here; which fields are asked for, merged, skipped or null is graphql-core's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from graphql import DocumentNode, GraphQLSchema, build_schema, execute_sync

from backend.graphql.planner import encode_id
from backend.viewer import Viewer
from tests.graphql.planner.data import Data
from tests.graphql.planner.orderings import KEYS, KeyOf, ordering_of
from tests.graphql.planner.pages import page_of

PREFIXES = {"acct": "Account", "mem": "Member", "mile": "Milestone", "badge": "BadgeAward", "staff": "Staff"}
TABLES = {
    "Account": "accounts",
    "Member": "members",
    "Milestone": "milestones",
    "BadgeAward": "badge_awards",
    "Staff": "staff",
}


@dataclass
class Cursors:
    """The planner's cursors: which row, in which ordering, each stands for."""

    rows: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """Ordering and row by cursor."""
    texts: dict[tuple[str, Any], str] = field(default_factory=dict)
    """Cursor by ordering and primary key."""


class Oracle:
    """Answers documents for one viewer."""

    def __init__(self, sdl: str, data: Data, viewer: Viewer, cursors: Cursors) -> None:
        self._schema: GraphQLSchema = build_schema(sdl)
        self._viewer = viewer
        self._cursors = cursors
        self._rows = {name: self._visible(name, getattr(data, table)) for name, table in TABLES.items()}
        self._usage = self._visible("UsageDay", data.usage_days)
        for name in ("Node", "Named", "Happening"):
            abstract: Any = self._schema.type_map[name]
            abstract.resolve_type = lambda value, info, abstract: value["__t"]

    def answer(self, document: DocumentNode, variables: dict[str, Any]) -> Any:
        return execute_sync(self._schema, document, variable_values=variables, field_resolver=self._resolve)

    def _visible(self, name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        tagged = [{**row, "__t": name} for row in rows]
        own = self._viewer.account_id
        if self._viewer.kind == "staff" or name == "Staff":
            return tagged
        return [row for row in tagged if row["id" if name == "Account" else "account_id"] == own]

    def _by(self, name: str, key: Any) -> dict[str, Any] | None:
        return next((row for row in self._rows[name] if row["id"] == key), None)

    def _of(self, name: str, column: str, key: Any) -> list[dict[str, Any]]:
        return [row for row in self._rows[name] if row[column] == key]

    def _resolve(self, source: Any, info: Any, **arguments: Any) -> Any:
        name = info.field_name
        special = getattr(self, f"_{info.parent_type.name}_{name}", None)
        if special is not None:
            return special(source, **arguments)
        if name == "id":
            prefix = next(p for p, t in PREFIXES.items() if t == source["__t"])
            return encode_id(prefix, source["id"])
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        value = source[snake]
        return value.isoformat() if isinstance(value, date | datetime) else value

    def _page(self, rows: list[dict[str, Any]], ordering: str, arguments: dict[str, Any]) -> Any:
        key = KEYS[ordering]
        return page_of(
            rows,
            key,
            arguments,
            lambda cursor: self._place(cursor, ordering, key),
            lambda row: self._cursors.texts.get((ordering, row["id"]), f"unknown {ordering}"),
        )

    def _place(self, cursor: str, ordering: str, key: KeyOf) -> Any:
        known, row = self._cursors.rows[cursor]
        assert known == ordering
        return key(row)

    def _matches(self, row: dict[str, Any], f: dict[str, Any]) -> bool:
        def number(test: dict[str, Any]) -> bool:
            score = row["score"]
            checks = []
            if test.get("lt") is not None:
                checks.append(score is not None and score < test["lt"])
            if test.get("gte") is not None:
                checks.append(score is not None and score >= test["gte"])
            if test.get("isNull") is not None:
                checks.append((score is None) == test["isNull"])
            return all(checks)

        tests: dict[str, Callable[[Any], bool]] = {
            "and": lambda parts: all(self._matches(row, part) for part in parts),
            "or": lambda parts: any(self._matches(row, part) for part in parts),
            "not": lambda part: not self._matches(row, part),
            "nameContains": lambda word: word in row["name"],
            "tier": lambda tier: row["tier"] == tier,
            "tierIn": lambda tiers: row["tier"] in tiers,
            "nameIn": lambda names: row["name"] in names,
            "score": number,
            "createdAfter": lambda text: row["created_at"] > datetime.fromisoformat(text),
            "mrrMinorAtLeast": lambda least: row["mrr_minor"] >= least,
        }
        return all(tests[key](value) for key, value in f.items() if value is not None)

    def _chosen(self, f: dict[str, Any] | None) -> list[dict[str, Any]]:
        return [row for row in self._rows["Account"] if f is None or self._matches(row, f)]

    def _lookup(self, public_id: str) -> Any:
        for prefix, name in PREFIXES.items():
            for row in self._rows[name]:
                if encode_id(prefix, row["id"]) == public_id:
                    allowed = name != "BadgeAward" or "badges:read" in self._viewer.permissions
                    return row if allowed else None
        return None

    def _Query_node(self, _: Any, id: str) -> Any:  # noqa: A002, N802
        return self._lookup(id)

    def _Query_nodes(self, _: Any, ids: list[str]) -> Any:  # noqa: N802
        return [self._lookup(one) for one in ids]

    def _Query_account(self, _: Any, id: str) -> Any:  # noqa: A002, N802
        found = self._lookup(id)
        return found if found and found["__t"] == "Account" else None

    def _Query_accounts(self, _: Any, filter: Any = None, orderBy: Any = None, **page: Any) -> Any:  # noqa: A002, N802, N803
        return self._page(self._chosen(filter), ordering_of("Query", "accounts", {"orderBy": orderBy}), page)

    def _Query_badgeAwards(self, _: Any, **page: Any) -> Any:  # noqa: N802
        return self._page(self._rows["BadgeAward"], "badges", page)

    def _Query_staff(self, _: Any) -> Any:  # noqa: N802
        return sorted(self._rows["Staff"], key=lambda row: (row["name"], row["id"]))

    def _Query_portfolio(self, _: Any, filter: Any = None) -> Any:  # noqa: A002, N802
        rows = self._chosen(filter)
        tiers = sorted({row["tier"] for row in rows})
        counts = [{"key": tier, "count": sum(row["tier"] == tier for row in rows)} for tier in tiers]
        return {"account_count": len(rows), "by_tier": counts}

    def _Query_viewer(self, _: Any) -> Any:  # noqa: N802
        return {"kind": self._viewer.kind, "account": self._by("Account", self._viewer.account_id)}

    def _Mutation_show(self, _: Any, input: dict[str, Any]) -> Any:  # noqa: A002, N802
        found = self._lookup(input["id"])
        among = [row for one in input["ids"] if (row := self._lookup(one))]
        return {
            "account": found if found and found["__t"] == "Account" else None,
            "award": found if found and found["__t"] == "BadgeAward" else None,
            "steps": [row for row in among if row["__t"] == "Milestone"],
            "members": [row for row in among if row["__t"] == "Member"],
            "count": input.get("count"),
            "user_errors": [],
        }

    def _Staff_accounts(self, source: Any, **page: Any) -> Any:  # noqa: N802
        return self._page(self._of("Account", "csm_id", source["id"]), "accounts", page)

    def _Account_label(self, source: Any) -> Any:  # noqa: N802
        return source["name"]

    def _Account_scaledScore(self, source: Any, by: float) -> Any:  # noqa: N802
        return None if source["score"] is None else source["score"] * by

    def _Account_tagRows(self, source: Any) -> Any:  # noqa: N802
        return [{"tag": tag} for tag in source["tags"]]

    def _Account_mrr(self, source: Any) -> Any:  # noqa: N802
        return {"amount_minor": source["mrr_minor"], "currency_code": source["currency"]}

    def _Account_discount(self, source: Any) -> Any:  # noqa: N802
        if source["mrr_minor"] <= 500:
            return None
        return {"amount_minor": source["mrr_minor"] // 10, "currency_code": source["currency"]}

    def _Account_csm(self, source: Any) -> Any:  # noqa: N802
        return self._by("Staff", source["csm_id"])

    def _Account_parent(self, source: Any) -> Any:  # noqa: N802
        return self._by("Account", source["parent_id"])

    def _Account_children(self, source: Any, filter: Any = None, **page: Any) -> Any:  # noqa: A002, N802
        rows = self._of("Account", "parent_id", source["id"])
        return self._page([row for row in rows if filter is None or self._matches(row, filter)], "children", page)

    def _Account_members(  # noqa: N802
        self,
        source: Any,
        nameContains: str | None = None,  # noqa: N803
        orderBy: Any = None,  # noqa: N803
        **page: Any,
    ) -> Any:
        rows = self._of("Member", "account_id", source["id"])
        rows = [row for row in rows if nameContains is None or nameContains in row["name"]]
        return self._page(rows, ordering_of("Account", "members", {"orderBy": orderBy}), page)

    def _Account_milestones(self, source: Any) -> Any:  # noqa: N802
        return sorted(self._of("Milestone", "account_id", source["id"]), key=lambda row: (row["position"], row["id"]))

    def _Account_badges(self, source: Any, **page: Any) -> Any:  # noqa: N802
        return self._page(self._of("BadgeAward", "account_id", source["id"]), "badges", page)

    def _happenings(self, source: Any) -> list[dict[str, Any]]:
        seen = ("Milestone", "BadgeAward") if "badges:read" in self._viewer.permissions else ("Milestone",)
        return [row for name in seen for row in self._of(name, "account_id", source["id"])]

    def _Account_happenings(self, source: Any, oldestFirst: bool, **page: Any) -> Any:  # noqa: N802, N803
        return self._page(self._happenings(source), f"happenings {'up' if oldestFirst else 'down'}", page)

    def _Account_history(self, source: Any) -> Any:  # noqa: N802
        return sorted(self._happenings(source), key=KEYS["happenings up"])

    def _Account_latest(self, source: Any, oldestFirst: bool) -> Any:  # noqa: N802, N803
        key = KEYS[f"happenings {'up' if oldestFirst else 'down'}"]
        return min(self._happenings(source), key=key, default=None)

    def _Query_ranking(self, _: Any, tier: str | None = None, **page: Any) -> Any:  # noqa: N802
        rows = [row for row in self._rows["Account"] if tier is None or row["tier"] == tier]
        return self._page(rows, "ranking", page)

    def _Query_named(self, _: Any, nameContains: str | None = None, **page: Any) -> Any:  # noqa: N802, N803
        rows = [row for name in ("Account", "Staff", "Member") for row in self._rows[name]]
        return self._page([row for row in rows if nameContains is None or nameContains in row["name"]], "named", page)

    def _Account_usage(self, source: Any, metric: str, to: str, **rest: str) -> Any:  # noqa: N802
        low, high = date.fromisoformat(rest["from"]), date.fromisoformat(to)
        return [row for row in self._days(source, metric) if low <= row["on_day"] <= high]

    def _days(self, source: Any, metric: str) -> list[dict[str, Any]]:
        rows = [r for r in self._usage if r["account_id"] == source["id"] and r["metric"] == metric]
        return sorted(rows, key=lambda row: row["on_day"])

    def _Account_internal(self, source: Any) -> Any:  # noqa: N802
        return source if "accounts:internal" in self._viewer.permissions else None

    def _AccountInternal_usageAt(self, source: Any, metric: str, asOf: str | None = None) -> Any:  # noqa: N802, N803
        rows = [row for row in self._days(source, metric) if asOf is None or row["on_day"] <= date.fromisoformat(asOf)]
        return rows[-1] if rows else None

    def _AccountInternal_badgeCount(self, source: Any) -> Any:  # noqa: N802
        return len(self._of("BadgeAward", "account_id", source["id"]))

    def _Member_account(self, source: Any) -> Any:  # noqa: N802
        return self._by("Account", source["account_id"])

    _Milestone_account = _Member_account

    def _BadgeAward_member(self, source: Any) -> Any:  # noqa: N802
        return self._by("Member", source["member_id"])
