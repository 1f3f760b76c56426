"""The persons of a text: their fullest names, and whom a surname or pronoun means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from stance.reading.lexicon import data_rows, given_names, groups, roles, word_set
from stance.reading.words import Word, is_title
from stance.text import fold


@cache
def _leaders() -> dict[str, str]:
    return {name: gender for name, gender in data_rows("leaders.tsv")}


def is_leader(name: str) -> bool:
    """Whether a folded name is one that needs no introduction."""
    return name in _leaders()


@dataclass(eq=False)
class Person:
    """Someone named in the text.

    Attributes
    ----------
    name : str
        Fullest form so far.
    words : list of str
        Its words, folded.
    gender : str
        ``m``, ``f`` or empty.
    titles : set of str
        Titles given to the person anywhere in the text.
    """

    name: str
    words: list[str]
    gender: str = ""
    titles: set[str] = field(default_factory=set)


class Cast:
    """Persons of one text, filled as the text is gone through from the start."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, ...], Person] = {}
        self._by_last: dict[str, list[Person]] = {}
        self._by_first: dict[str, list[Person]] = {}
        self._mentioned: dict[Person, None] = {}

    def recent(self, count: int) -> list[Person]:
        """The persons last spoken of, the latest last."""
        return list(islice(reversed(self._mentioned), count))[::-1]

    def note_run(self, run: Sequence[Word], *, introduced: bool = False) -> Person | None:
        """Take note of a run of capitalised words; the person, if it names one."""
        name, before = strip_titles(run)
        if not name or not self._is_person(name, before, introduced):
            return None
        text = " ".join(word.text for word in name)
        person = self.find(text)
        gender = _gender(name, before)
        if person is None or _clashes(person, text):
            person = Person(text, fold(text).split(), gender)
            self._enter(person)
        elif len(name) > len(person.words):
            person.name, person.words = text, fold(text).split()
            self._enter(person)
        person.gender = person.gender or gender
        person.titles.update(word.lower.rstrip(".") for word in before if is_title(word))
        return person

    def _enter(self, person: Person) -> None:
        self._by_name[tuple(person.words)] = person
        for last in {person.words[-1], _surname(person)}:
            self._by_last.setdefault(last, []).append(person)
        self._by_first.setdefault(person.words[0], []).append(person)

    def mention(self, person: Person) -> None:
        """Make a person the latest that was spoken of."""
        self._mentioned.pop(person, None)
        self._mentioned[person] = None

    def find(self, name: str) -> Person | None:
        """The person whom a name, or part of a name, means."""
        wanted = tuple(fold(name).split())
        if not wanted:
            return None
        if wanted in self._by_name:
            return self._by_name[wanted]
        if wanted[-1] in self._by_last:
            return self._by_last[wanted[-1]][-1]
        known = self._by_first.get(wanted[0], []) if len(wanted) == 1 else []
        return known[0] if len(set(known)) == 1 else None

    def titled(self, words: Sequence[str]) -> Person | None:
        """The latest person who was given a title ("the prime minister")."""
        for person in reversed(self._mentioned):
            if person.titles.issuperset(words):
                return person
        return None

    def meant_by(self, pronoun: str) -> Person | None:
        """Whom ``he`` or ``she`` means: the latest person spoken of whose gender fits."""
        unfit = "f" if pronoun == "he" else "m"
        return next((p for p in reversed(self._mentioned) if p.gender != unfit), None)

    def _is_person(self, name: Sequence[Word], before: Sequence[Word], introduced: bool) -> bool:
        lower = " ".join(word.lower for word in name)
        last = name[-1].lower
        if is_leader(lower) or is_leader(last):
            return len(name) < 4
        if self.find(lower) is not None and (len(name) > 1 or lower not in groups()):
            return True
        if any(word.lower in word_set("words of bodies") or word.lower in roles() for word in name):
            return False
        if name[0].lower in given_names() and len(name) > 1:
            return True
        if lower in groups():
            return bool(before) and _personal(before)
        if before and _personal(before):
            return True
        return introduced and (len(name) > 1 or name[0].lower in given_names())


def strip_titles(run: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Divide a run of capitalised words into the name and the titles and nations before it."""
    cut = 0
    while cut < len(run) and (is_title(run[cut]) or _is_nation_of_title(run, cut)):
        cut += 1
    return list(run[cut:]), list(run[:cut])


def _is_nation_of_title(run: Sequence[Word], index: int) -> bool:
    following = run[index + 1 : index + 2]
    return run[index].lower in groups() and bool(following) and is_title(following[0])


def _personal(before: Sequence[Word]) -> bool:
    return any(is_title(word) for word in before)


def _gender(name: Sequence[Word], before: Sequence[Word]) -> str:
    for word in before:
        bare = word.lower.rstrip(".")
        if bare in word_set("male titles"):
            return "m"
        if bare in word_set("female titles"):
            return "f"
    if len(name) > 1:
        for word in name:
            gender = given_names().get(word.lower)
            if gender is not None:
                return gender
    return _leaders().get(name[-1].lower, "")


def _surname(person: Person) -> str:
    words = person.name.split()
    if len(words) > 1 and (
        (words[0].isupper() and len(words[0]) > 2)
        or fold(words[0]) in word_set("family names first")
    ):
        return fold(words[0])
    return fold(words[-1])


def _clashes(person: Person, name: str) -> bool:
    """Whether a full name is another person's of the same surname."""
    ours, theirs = fold(name).split(), person.words
    return (
        len(ours) > 1
        and len(theirs) > 1
        and not set(ours[:-1]) & set(theirs[:-1])
        and ours[0][0] != theirs[0][0]
    )
