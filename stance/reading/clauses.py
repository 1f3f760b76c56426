"""Which attribution governs a statement, and what its subject is."""

import re
from collections.abc import Sequence

from stance.reading.analysis import Analysis
from stance.reading.attribution import Attribution, attributions
from stance.reading.lexicon import is_address, word_set
from stance.reading.words import Word

_OPENING = re.compile(
    r"(?:m,?|c|p[^,VWJ]{1,8},)*(?P<subject>h|d?[unr]{0,3}[nr](?:pd?[unr]{1,3})?)"
    r"(?=[^nrs])(?:,[^,]{1,16},)?(?=[abmuVWi])"
)
_PARTY = re.compile(
    r"(?:[mcp0e,]*,)?[mc]?(?P<party>(?:d[unr0]{0,3}?)?[nr]+(?:pd?[unr]{0,2}[nr]+)?)"
)
_NAMED = re.compile(r"(?:[mcp0e,]*,)?[mc]?d?r*(?P<run>n+)")
_BEFORE_COLON = re.compile(r"(?:[mc],?)*(?P<subject>h|d?[urs]{0,3}[nr]+)")
_LEADING = re.compile(r"[pke][^,]*,")
_ADDRESS = re.compile(r"(?:[dnrucp]{1,8},){1,8}(?=[hdVu][^,]{2})")
_CONCESSIVE = frozenset({"though", "while", "although"})


def all_quoted(analysis: Analysis) -> bool:
    """Whether a statement holds nothing but quotation."""
    words = zip(analysis.words, analysis.quoted, strict=True)
    spoken = [quoted for word, quoted in words if word.kind not in "q.,:;-()"]
    return bool(spoken) and all(spoken)


def governing(analysis: Analysis) -> Attribution | None:
    """The attribution of a statement's main clause; one that closes the statement goes first."""
    found = attributions(analysis)
    closing = [item for item in found if item.closing]
    if closing:
        return closing[0]
    return next((item for item in found if _is_main(analysis, item)), None)


def _is_main(analysis: Analysis, item: Attribution) -> bool:
    kinds = analysis.kinds
    before = analysis.words[item.start - 1] if item.start else None
    if before is not None and before.kind == "k" and before.lower not in _CONCESSIVE:
        leads = item.start == 1 and before.lower in ("as", "what")
        if not leads:
            return False
    if kinds[:1] == "k" and analysis.words[0].lower not in ("as", "what"):
        comma = kinds.find(",")
        if comma < 0 or item.start < comma:
            return False
    if item.kind == "speech":
        return True
    # A wish told in a second clause leaves the first one, and the statement, to the author.
    leading = _LEADING.match(kinds)
    return not re.search(r"[ba]", kinds[leading.end() if leading else 0 : item.start])


def opening_subject(analysis: Analysis) -> tuple[list[Word], int] | None:
    """The subject a statement opens with, if it has a verb, and the word after it."""
    match = _OPENING.match(analysis.kinds)
    if match is None or analysis.quoted[match.start("subject")]:
        return None
    return list(analysis.words[slice(*match.span("subject"))]), match.end()


def opening_party(analysis: Analysis) -> Sequence[Word]:
    """The noun phrase a statement opens with."""
    match = _PARTY.match(analysis.kinds)
    return analysis.words[slice(*match.span("party"))] if match and not analysis.quoted[0] else ()


def opening_name(analysis: Analysis) -> Sequence[Word]:
    """The capitalised words a statement opens with."""
    match = _NAMED.match(analysis.kinds)
    return analysis.words[slice(*match.span("run"))] if match and not analysis.quoted[0] else ()


def address_end(analysis: Analysis) -> int:
    """The word after an address ("President Petrov, dear guests, I ..."); 0 where there is none."""
    words, match = analysis.words, _ADDRESS.match(analysis.kinds)
    if match is None or words[match.end()].lower not in word_set("after address"):
        return 0
    return match.end() if is_address(word.lower for word in words) else 0


def headline_speaker(analysis: Analysis) -> Sequence[Word]:
    """The name before the colon of "Abe: treaty is near"."""
    match = re.match(r"n{1,3}(?=:)", analysis.kinds)
    return analysis.words[: match.end()] if match else ()


def introduced_subject(analysis: Analysis) -> Sequence[Word]:
    """The subject of "X was clear: “..." and of "X left, saying that ..."."""
    masked = analysis.masked
    saying = any(
        masked[place - 1] == "," and word.lower in word_set("saying") and not analysis.quoted[place]
        for place, word in enumerate(analysis.words)
        if place
    )
    if not saying and not re.search(r":Q", masked):
        return ()
    match = _BEFORE_COLON.match(masked)
    return analysis.words[slice(*match.span("subject"))] if match else ()
