"""Whether a subject and a verb can belong together."""

import re

from stance.inflection import irregular
from stance.reading.analysis import Analysis
from stance.reading.lexicon import groups, word_set

_ADJECTIVE = re.compile(r".*(?:ese|ish|ian|ean|rican|rman)")
_PLURAL_PRONOUNS = frozenset({"they", "we", "i", "you"})
_STEMS_IN_ED = frozenset({"need", "concede", "heed", "speed"})


def agrees(analysis: Analysis, match: re.Match[str]) -> bool:
    """Whether subject, auxiliaries and verb of a clause fit in number, tense and voice.

    Parameters
    ----------
    analysis : Analysis
    match : re.Match
        With groups ``subject``, ``auxiliary`` and ``verb``.
    """
    verb = analysis.words[match.start("verb")].lower
    auxiliary, form = match["auxiliary"], match["verb"]
    if "b" in auxiliary or form == "J" or verb.endswith("ing"):
        return is_finite(verb, form, auxiliary)
    subject = range(*match.span("subject"))
    if len(subject) == 1 and not _stands_alone(analysis, subject.start):
        return False
    if "a" in auxiliary or "T" in auxiliary or not is_present(verb):
        return True
    return _takes_either(analysis, subject) or _is_plural(analysis, subject) != verb.endswith("s")


def is_finite(verb: str, form: str, auxiliary: str) -> bool:
    """Whether a predicate can make a statement: "is worried", "was hoping", "said".

    Parameters
    ----------
    verb : str
        First word of the verb.
    form : str
        Its class: ``V``, ``W`` or ``J``.
    auxiliary : str
        Classes of the auxiliaries before it.
    """
    being = "b" in auxiliary
    if being or form == "J" or verb.endswith("ing"):
        # A form of "be" with any other verb is the passive: the subject is not who says it.
        return being and (form == "J" or verb.endswith("ing"))
    return bool(auxiliary) or not is_present(verb) or verb.endswith("s")


def is_present(verb: str) -> bool:
    """Whether a form may be the present tense and not the past.

    Examples
    --------
    >>> is_present("says"), is_present("said")
    (True, False)
    """
    if verb.endswith("s"):
        return True
    if verb.endswith("ed") and verb not in _STEMS_IN_ED:
        return False
    return verb not in irregular() and verb not in word_set("present and past")


def is_participle(analysis: Analysis, verb: int) -> bool:
    """Whether a verb is an adjective or passive here ("the disputed isles", "claimed by both")."""
    if verb and analysis.masked[verb - 1] in "dp0s":
        return True
    end = analysis.verb_end(verb)
    return analysis.words[verb].lower.endswith("ed") and analysis.lowers(end, end + 1) == ("by",)


def depends_on_time(analysis: Analysis, start: int) -> bool:
    """Whether a clause only gives the time ("after officials demanded")."""
    return start > 0 and analysis.words[start - 1].lower in word_set("clause of time")


def _stands_alone(analysis: Analysis, index: int) -> bool:
    """Whether one word can be a subject: "some" can, "the" and "Japanese" cannot."""
    word, kind = analysis.words[index], analysis.kinds[index]
    if kind == "d":
        return word.lower in word_set("alone")
    demonym = _ADJECTIVE.fullmatch(word.lower) and word.lower in groups()
    return not (kind == "n" and demonym)


def _takes_either(analysis: Analysis, subject: range) -> bool:
    """Whether a noun takes the verb in either number ("the military")."""
    head = next((index for index in subject if analysis.kinds[index] == "p"), subject.stop) - 1
    return analysis.words[head].lower in word_set("either number")


def _is_plural(analysis: Analysis, subject: range) -> bool:
    first = analysis.words[subject.start].lower
    kinds = analysis.kinds[subject.start : subject.stop]
    if kinds[0] == "h":
        return first in _PLURAL_PRONOUNS
    if first in word_set("plural determiners") or "c" in kinds:
        return True
    noun = analysis.words[subject.start + len(kinds.partition("p")[0]) - 1]
    if noun.kind == "n":
        return noun.lower.endswith("ns") and not noun.text.isupper()
    regular = noun.lower.endswith("s") and not noun.lower.endswith("ss")
    return regular or noun.lower in word_set("plural nouns")
