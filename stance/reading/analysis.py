"""A statement's words with their classes, its verbs of saying and wanting found among them."""

from collections.abc import Sequence

from stance.reading.lexicon import (
    attitude_verbs,
    groups,
    nouns,
    required_words,
    speech_verbs,
    word_set,
)
from stance.reading.words import Word

_LONGEST_VERB = 4
_LIGHT_SPAN = 5
_COMPLEMENT = 9


class Analysis:
    """One statement as the attribution patterns see it.

    Attributes
    ----------
    words : sequence of Word
    quoted : sequence of bool
        For each word, whether it stands between quotation marks.
    kinds : str
        One character a word: its class; for verbs ``V`` (saying), ``W`` (wanting, fearing,
        holding true) or ``J`` (a predicate such as "worried"), and ``x`` for their further words.
    masked : str
        The same with ``Q`` for what is quoted.
    """

    def __init__(self, words: Sequence[Word], quoted: Sequence[bool]) -> None:
        self.words = words
        self.quoted = quoted
        self._lengths: dict[int, int] = {}
        self._headline = _is_headline(words)
        self.kinds = self._classify()
        self.masked = "".join(
            "Q" if inside else kind for kind, inside in zip(self.kinds, quoted, strict=True)
        )

    def expression(self, verb: int) -> tuple[str, ...]:
        """The words of the verb that begins at a word."""
        return self.lowers(verb, self.verb_end(verb))

    def verb_end(self, verb: int) -> int:
        """The word after the verb that begins at a word."""
        return verb + self._lengths[verb]

    def lowers(self, start: int, end: int) -> tuple[str, ...]:
        """Folded forms of some words."""
        return tuple(word.lower for word in self.words[start:end])

    def _classify(self) -> str:
        kinds = [word.kind for word in self.words]
        index = 0
        while index < len(self.words):
            length, kind = self._verb_at(index)
            if length:
                kinds[index : index + length] = [kind, *"x" * (length - 1)]
                self._lengths[index] = length
            index += length or 1
        return "".join(kinds)

    def _verb_at(self, index: int) -> tuple[int, str]:
        """Length and class of the verb that begins at a word; length 0 where none does."""
        if self._hastens(index):
            return 1, "i"
        if self._is_name(index):
            return 0, ""
        for length in range(_LONGEST_VERB, 0, -1):
            lowers = self.lowers(index, index + length)
            form = attitude_verbs().get(lowers)
            if len(lowers) == length and form and self._has_complement(index + length, lowers):
                return length, "J" if form == "adjective" else "W"
            if len(lowers) == length and lowers in speech_verbs():
                return length, "V"
        return self._light_verb(index)

    def _is_name(self, index: int) -> bool:
        word = self.words[index]
        in_headline = self._headline and index > 0 and word.lower not in groups()
        return word.text[0].isupper() and not in_headline

    def _hastens(self, index: int) -> bool:
        """Whether a past tense with an infinitive of saying stands here ("hastened to say")."""
        lower, *following = self.lowers(index, index + 3)
        if not lower.endswith("ed") or following[:1] != ["to"] or (lower,) in speech_verbs():
            return False
        return tuple(following[1:]) in speech_verbs()

    def _has_complement(self, index: int, expression: tuple[str, ...]) -> bool:
        """Whether an ambiguous verb has the words with which it is an attitude ("see ... as")."""
        wanted = required_words().get(expression)
        return not wanted or not wanted.isdisjoint(self.lowers(index, index + _COMPLEMENT))

    def _light_verb(self, index: int) -> tuple[int, str]:
        """A verb that lends itself to a noun: "has no wish", "made an offer"."""
        verb = self.words[index].lower
        having = verb in word_set("having")
        if not having and verb not in word_set("making"):
            return 0, ""
        wanted, found = ("attitude", "W") if having else ("speech", "V")
        for place in range(index + 1, min(index + _LIGHT_SPAN, len(self.words))):
            word = self.words[place]
            if place > index + 1 and nouns().get(word.lower) == wanted:
                return place - index + 1, found
            if word.kind not in "dum":
                break
        return 0, ""


def _is_headline(words: Sequence[Word]) -> bool:
    """Whether most words are capitalised, as in titles, and there is no full stop."""
    long = [word for word in words if len(word.text) > 3 and word.text[0].isalpha()]
    capital = sum(word.text[0].isupper() for word in long)
    return len(long) > 2 and capital * 4 >= len(long) * 3 and words[-1].text not in ".?!"
