"""How good the estimate of a sentiment is: `python -m bench.sentiment FILE`.

FILE is a ground truth of VADER's authors, tab-separated: id, mean rating of 20 people from -4 to 4, sentence. They are
in `additional_resources/hutto_ICWSM_2014.tar.gz` of https://github.com/cjhutto/vaderSentiment (MIT).
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from backend.ingest.conversations import estimate
from backend.support.rules import NEGATIVE

CLEAR = 1.0
"""Mean rating from which on a sentence is clearly one or the other."""


def main(path: Path) -> None:
    rows = [line.split("\t") for line in path.read_text("utf-8", "replace").splitlines()]
    judged = [(float(row[1]), estimate(row[2])) for row in rows if len(row) >= 3]
    with_value = [(rated, made) for rated, made in judged if made is not None]
    clear = [(rated, made) for rated, made in judged if abs(rated) >= CLEAR]
    flagged = [rated for rated, made in with_value if made < NEGATIVE]
    angry = [made for rated, made in judged if rated <= -CLEAR]
    print(f"{len(judged):,} sentences, {len(with_value):,} of them with a known word")
    both = statistics.correlation([r for r, _ in judged], [made or 0.0 for _, made in judged])
    print(f"correlation with the ratings, no word counting 0: {both:.2f}")
    right = sum(made is not None and rated * made > 0 for rated, made in clear)
    wrong = sum(made is not None and rated * made < 0 for rated, made in clear)
    print(f"of {len(clear):,} clear ones: {right / len(clear):.0%} right, {wrong / len(clear):.0%} the opposite")
    print(f"of {len(flagged):,} below {NEGATIVE}: {sum(r < 0 for r in flagged) / len(flagged):.0%} were negative")
    found = sum(made is not None and made < NEGATIVE for made in angry)
    print(f"of {len(angry):,} clearly negative ones: {found / len(angry):.0%} are below {NEGATIVE}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
