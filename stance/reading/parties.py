"""Noun phrases as parties: the person, role or body a phrase or pronoun stands for."""

import re
from collections.abc import Sequence

from stance.reading.cast import Cast, Person
from stance.reading.lexicon import people, roles, word_set
from stance.reading.words import Word, is_title
from stance.text import fold

AUTHOR = "author"

_PAIR = re.compile(
    r"(?:the )?(?:two|both) (?:leaders|ministers|presidents|premiers|men|women|statesmen)", re.I
)
_FIRM_NAME = re.compile(
    r".*\b(?:Ltd|Inc|Corp|Co|Group|Bank|Holdings|Industries|Motors?|Steel|Securities|PLC|LLC|AG|SE)\.?"
)
_ATTACHED = re.compile(r" (?:of|in|at|for|from|on|with|who|by) ")


class Parties:
    """The parties of one text, in the order in which they were last spoken of.

    Attributes
    ----------
    cast : Cast
        The persons among them.
    """

    def __init__(self) -> None:
        self.cast = Cast()
        self._others: dict[str, None] = {}
        self._firms: dict[str, None] = {}
        self._latest_is_other = False

    def name(self, phrase: Sequence[Word]) -> str:
        """Fullest name of what a noun phrase stands for.

        ``"author"`` for "I" and "we", empty where it stands for nobody in particular.
        """
        if not phrase:
            return ""
        if len(phrase) == 1 and phrase[0].kind in "hd":
            return self._meant_by(phrase[0].lower)
        recent = self.cast.recent(2)
        if len(recent) > 1 and _PAIR.fullmatch(" ".join(word.lower for word in phrase)):
            return " and ".join(person.name for person in recent)
        names = [self._name_one(part) for part in _conjuncts(phrase)]
        return " and ".join(dict.fromkeys(name for name in names if name))

    def is_person(self, phrase: Sequence[Word]) -> bool:
        """Whether a noun phrase ends in a person's name."""
        run = _last_run(_head(phrase))
        return bool(run) and self.cast.note_run(run) is not None

    def can_be_he(self, name: str) -> bool:
        """Whether "he" or "she" can mean a party."""
        return _is_one(name) and (self.cast.find(name) is not None or self._is_human(name))

    def person_in(self, apposition: Sequence[Word]) -> Person | None:
        """The person whom an apposition names (", Dmitry Peskov,")."""
        kinds = "".join(word.kind for word in apposition)
        match = re.match(r"[,(](?P<run>n+)", kinds)
        spans = (
            [match.span("run")]
            if match
            else [s for s in runs(kinds) if is_introduced(apposition, s[0])]
        )
        found = (self.cast.note_run(apposition[slice(*span)], introduced=True) for span in spans)
        return next(found, None)

    def mention_person(self, person: Person) -> None:
        """Make a person the latest party."""
        self.cast.mention(person)
        self._latest_is_other = False

    def mention(self, name: str) -> None:
        """Make a party the latest."""
        person = None if self._is_role(name) else self.cast.find(name)
        if person is not None:
            self.mention_person(person)
        elif name and name != AUTHOR:
            self._others.pop(name, None)
            self._others[name] = None
            self._latest_is_other = True

    def note_firm(self, run: Sequence[Word]) -> None:
        """Take note of a run of capitalised words that names a firm."""
        name = " ".join(word.text for word in run)
        if _FIRM_NAME.fullmatch(name):
            self._firms.pop(name, None)
            self._firms[name] = None

    def _meant_by(self, pronoun: str) -> str:
        if pronoun in ("i", "we", "my", "our"):
            return AUTHOR
        latest = next(reversed(self._others), "")
        if pronoun in ("he", "she", "his", "her"):
            if self._latest_is_other and self._is_human(latest) and _is_one(latest):
                return latest
            person = self.cast.meant_by("he" if pronoun in ("he", "his") else "she")
            return person.name if person else latest if _is_one(latest) else ""
        if pronoun in ("they", "it", "their", "its"):
            return latest
        return "" if pronoun == "you" else pronoun

    def _name_one(self, phrase: Sequence[Word]) -> str:
        head = _head(phrase)
        if not head:
            return ""
        run = _last_run(head)
        person = self.cast.note_run(run) if run else None
        if person is None and len(head) == len(phrase):
            person = self._titled(head)
        if person is not None:
            return person.name
        return self._firm(head) or self._fullest(_wording(phrase))

    def _titled(self, head: Sequence[Word]) -> Person | None:
        """The person meant by a bare title ("the prime minister")."""
        words = [word for word in head if word.kind != "d"]
        if not words or head[0].lower not in ("the", "this") or not all(map(is_title, words)):
            return None
        return self.cast.titled([word.lower for word in words])

    def _firm(self, head: Sequence[Word]) -> str:
        """The firm meant by "the company"."""
        if len(head) == 2 and head[0].lower == "the" and head[1].lower in word_set("firms"):
            return next(reversed(self._firms), "")
        return ""

    def _fullest(self, wording: str) -> str:
        """An earlier, fuller wording for the same role or body."""
        words = fold(wording).split()
        if len(words) == 1 and (words[0] not in roles() or words[0].endswith("s")):
            return wording
        for party in reversed(self._others):
            earlier = fold(party).split()
            same_head = len(words) == 1 or earlier[-1] == words[-1]
            if len(earlier) > len(words) and same_head and set(words) <= set(earlier):
                return party
        return wording

    def _is_role(self, name: str) -> bool:
        if self.cast.find(name) is not None:
            return False
        return any(word in roles() for word in fold(name).split())

    def _is_human(self, name: str) -> bool:
        head = _ATTACHED.split(fold(name))[0].split()
        return self._is_role(name) and bool(head) and head[-1] in people()


def runs(kinds: str) -> list[tuple[int, int]]:
    """Spans of runs of capitalised words."""
    return [match.span() for match in re.finditer(r"n+", kinds)]


def is_introduced(words: Sequence[Word], start: int) -> bool:
    """Whether "named" or a role stands before a name ("the historian G. K. Alder")."""
    return start > 0 and words[start - 1].lower in {"named", "called"} | people()


def _head(phrase: Sequence[Word]) -> list[Word]:
    """The words of a noun phrase before its prepositions."""
    cut = next((index for index, word in enumerate(phrase) if word.kind == "p"), len(phrase))
    return list(phrase[:cut])


def _last_run(head: Sequence[Word]) -> list[Word]:
    """The capitalised words a noun phrase ends in."""
    index = len(head)
    while index and head[index - 1].kind == "n":
        index -= 1
    return list(head[index:])


def _conjuncts(phrase: Sequence[Word]) -> list[list[Word]]:
    """Divide "Putin and Abe"; "the Ministry of Trade and Industry" is one."""
    cut = next((index for index, word in enumerate(phrase) if word.kind == "c"), 0)
    if not cut or any(word.kind == "p" for word in phrase[:cut]):
        return [list(phrase)]
    return [list(phrase[:cut]), list(phrase[cut + 1 :])]


def _is_one(name: str) -> bool:
    """Whether a wording names one, so that "he" or "she" can mean it."""
    before = _ATTACHED.split(name)[0].split()
    return (
        bool(before) and not before[-1].endswith("s") and fold(before[0]) not in word_set("alone")
    )


def _wording(phrase: Sequence[Word]) -> str:
    words = list(phrase)
    while len(words) > 1 and words[0].lower in ("the", "a", "an"):
        words = words[1:]
    text = ""
    for word in words:
        glue = "" if not text or word.kind == "s" or word.text in ",)" else " "
        text += glue + word.text
    return text
