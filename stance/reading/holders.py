"""Whose stance each statement of a text is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stance.reading.analysis import Analysis
from stance.reading.attribution import Attribution, second_predicate
from stance.reading.clauses import (
    address_end,
    all_quoted,
    governing,
    headline_speaker,
    introduced_subject,
    opening_name,
    opening_party,
    opening_subject,
)
from stance.reading.labels import is_role_label, name_and_titles, words_of_label
from stance.reading.lexicon import groups
from stance.reading.parties import AUTHOR, Parties, is_introduced, runs
from stance.reading.quotations import Quotation, quotations
from stance.reading.segmentation import Segment
from stance.reading.words import words_of
from stance.text import fold


class HolderKind(StrEnum):
    """How a statement comes to be someone's.

    `SPEECH`: the party says it, directly or indirectly; `ATTITUDE`: the author ascribes the wish,
    fear, belief or aim to the party; `AUTHOR`: the author's own.
    """

    SPEECH = "speech"
    ATTITUDE = "attitude"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose stance a statement is: the fullest name or wording in the text, and the kind."""

    name: str
    kind: HolderKind


_AUTHOR = Holder(AUTHOR, HolderKind.AUTHOR)
_QUESTIONERS = {"q": "interviewer", "question": "questioner", "questions": "questioner"}
_INTRODUCED = re.compile(r",[dkru0]|m?V|\(")
_WITH_ROLE = re.compile(r"[nru]{0,3}r,(?P<name>n+)")
_VOWEL = re.compile(r"[AEIOUY]")
_SHORTEST_SURNAME = 4
_REMEMBERED = 4


def find_holders(text: str, segments: Sequence[Segment]) -> list[Holder]:
    """The holder of each statement, in order; boilerplate counts as the author's."""
    statements = [segment for segment in segments if not segment.boilerplate]
    found = iter(_Search(text, statements).holders())
    return [_AUTHOR if segment.boilerplate else next(found) for segment in segments]


class _Search:
    """One pass over a text, with what was said before in mind."""

    def __init__(self, text: str, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._quotations = quotations(text, segments)
        self._analyses = [
            _analyse(text[segment.start : segment.end], quotation)
            for segment, quotation in zip(segments, self._quotations, strict=True)
        ]
        self._governing = [
            None if segment.speaker else governing(analysis)
            for segment, analysis in zip(segments, self._analyses, strict=True)
        ]
        self._quoted = [all_quoted(analysis) for analysis in self._analyses]
        self._speaker_comes = self._look_ahead()
        self._parties = Parties()
        self._found: list[Holder | None] = []
        for analysis in self._analyses:
            self._introduce(analysis)
        self._introduce_speakers()

    def holders(self) -> list[Holder]:
        for index in range(len(self._segments)):
            self._found.append(self._holder(index))
            self._remember(index)
        for index in reversed(range(len(self._found))):
            if self._found[index] is None:
                self._found[index] = self._speaker_after(index) or self._last_speaker(index)
        return [holder or _AUTHOR for holder in self._found]

    def _holder(self, index: int) -> Holder | None:
        """The holder of a statement; None for a quotation whose speaker is still to come."""
        segment, analysis = self._segments[index], self._analyses[index]
        for start, end in runs(analysis.kinds):
            self._parties.note_firm(analysis.words[start:end])
        if segment.speaker:
            return Holder(self._labelled(segment.speaker), HolderKind.SPEECH)
        if self._quoted[index]:
            return self._continued(index)
        attribution = self._governing[index]
        if attribution is not None:
            name = self._attributed(analysis, attribution)
            if name:
                return _AUTHOR if name == AUTHOR else Holder(name, HolderKind(attribution.kind))
        person = self._parties.cast.note_run(headline_speaker(analysis))
        name = person.name if person else self._parties.name(introduced_subject(analysis))
        if name and name != AUTHOR:
            return Holder(name, HolderKind.SPEECH)
        return self._second_predicate(analysis)

    def _attributed(self, analysis: Analysis, attribution: Attribution) -> str:
        subject = analysis.words[slice(*attribution.subject)]
        apposition = analysis.words[slice(*attribution.apposition)]
        person = self._parties.person_in(apposition)
        if person is not None and not self._parties.is_person(subject):
            return person.name
        if not attribution.closing and [word.lower for word in subject] in (["he"], ["she"]):
            return self._own_subject(analysis, attribution) or self._parties.name(subject)
        return self._parties.name(subject)

    def _own_subject(self, analysis: Analysis, attribution: Attribution) -> str:
        """The subject of the statement itself, where a later "he" takes it up."""
        opening = opening_subject(analysis)
        if opening is None or opening[0][0].kind == "h" or opening[1] > attribution.start:
            return ""
        name = self._parties.name(opening[0])
        return name if self._parties.can_be_he(name) else ""

    def _second_predicate(self, analysis: Analysis) -> Holder:
        """The subject of "Abe smiled and said nothing had changed"."""
        predicate, opening = second_predicate(analysis), opening_subject(analysis)
        if predicate is None or opening is None or predicate[0] < opening[1]:
            return _AUTHOR
        name = self._parties.name(opening[0])
        return Holder(name, HolderKind(predicate[1])) if name and name != AUTHOR else _AUTHOR

    def _continued(self, index: int) -> Holder | None:
        """The holder of a statement that is quotation and nothing else."""
        before = self._found[index - 1] if index else None
        quotation = self._quotations[index]
        if quotation.begun_before or quotation.resumed:
            return before
        if before is not None and before.kind is HolderKind.SPEECH and self._together(index - 1):
            return before
        if self._speaker_comes[index] or before is None:
            return None
        if before.kind is HolderKind.SPEECH:
            return before
        person = self._parties.cast.note_run(opening_name(self._analyses[index - 1]))
        return Holder(person.name, HolderKind.SPEECH) if person else None

    def _together(self, index: int) -> bool:
        """Whether a statement and the next stand in one paragraph."""
        here, after = self._segments[index : index + 2]
        return here.paragraph == after.paragraph

    def _look_ahead(self) -> list[bool]:
        """For each statement, whether the quotation it may be in is attributed further on."""
        comes = [False] * (len(self._segments) + 1)
        for index in reversed(range(len(self._segments) - 1)):
            if not self._together(index) and not self._quotations[index + 1].resumed:
                continue
            if self._quoted[index + 1]:
                comes[index] = comes[index + 1]
            else:
                comes[index] = self._governing[index + 1] is not None
        return comes

    def _speaker_after(self, index: int) -> Holder | None:
        after = self._found[index + 1] if index + 1 < len(self._found) else None
        if after is None or after.kind is not HolderKind.SPEECH:
            return None
        return after if self._together(index) or self._quotations[index].goes_on else None

    def _last_speaker(self, index: int) -> Holder | None:
        near = reversed(self._found[max(0, index - _REMEMBERED) : index])
        return next((h for h in near if h is not None and h.kind is HolderKind.SPEECH), None)

    def _introduce(self, analysis: Analysis) -> None:
        """Take note of the persons a statement introduces, by what stands around their names."""
        cast, kinds = self._parties.cast, analysis.kinds
        for start, end in runs(kinds):
            before, after = kinds[max(0, start - 2) : start], kinds[end : end + 2]
            spoken = before.endswith(("V", "Vm")) or bool(_INTRODUCED.match(after))
            introduced = spoken or is_introduced(analysis.words, start)
            cast.note_run(analysis.words[start:end], introduced=introduced)
        for match in _WITH_ROLE.finditer(kinds):
            cast.note_run(analysis.words[slice(*match.span("name"))], introduced=True)

    def _introduce_speakers(self) -> None:
        """Take note of the persons whom labels name, the longest labels first."""
        labels = {segment.speaker for segment in self._segments}
        for label in sorted(labels, key=lambda label: (-len(label), label)):
            self._parties.cast.note_run(words_of_label(label), introduced=True)

    def _remember(self, index: int) -> None:
        """Make the parties of a statement the latest: its subject later, its holder last."""
        analysis, holder, parties = self._analyses[index], self._found[index], self._parties
        addressed = address_end(analysis)
        for start, end in runs(analysis.kinds):
            person = parties.cast.note_run(analysis.words[start:end])
            if person is not None and not analysis.quoted[start] and start >= addressed:
                parties.mention_person(person)
        if not addressed:
            self._remember_subject(analysis)
        if holder is not None and holder.kind is not HolderKind.AUTHOR:
            parties.mention(holder.name)

    def _remember_subject(self, analysis: Analysis) -> None:
        parties = self._parties
        person = parties.cast.note_run(opening_name(analysis))
        if person is not None:
            parties.mention_person(person)
        else:
            parties.mention(parties.name(opening_party(analysis)))

    def _labelled(self, label: str) -> str:
        """Whom the label of a turn names."""
        lower = fold(label)
        if lower in _QUESTIONERS:
            return _QUESTIONERS[lower]
        if lower in ("a", "answer"):
            return self._interviewee()
        name, _ = name_and_titles(label)
        person = self._parties.cast.find(" ".join(word.text for word in name))
        if person is not None:
            return person.name
        if not label.isupper():
            return label
        named = name and not is_role_label(label)
        return _in_small_letters(label) if named else label.lower()

    def _interviewee(self) -> str:
        """The person most spoken of before the first turn."""
        counts: dict[str, int] = {}
        for analysis, segment in zip(self._analyses, self._segments, strict=True):
            if segment.speaker:
                break
            for start, end in runs(analysis.kinds):
                person = self._parties.cast.note_run(analysis.words[start:end])
                if person is not None:
                    counts[person.name] = counts.get(person.name, 0) + (3 if start < 2 else 1)
        return max(counts, key=lambda name: counts[name]) if counts else "interviewee"


def _in_small_letters(label: str) -> str:
    """A name in capitals as a text would have it: "Belov", "NYT"."""
    acronym = len(label) < _SHORTEST_SURNAME or not _VOWEL.search(label) or fold(label) in groups()
    return label if acronym else label.title()


def _analyse(statement: str, quotation: Quotation) -> Analysis:
    words = words_of(statement)
    return Analysis(words, quotation.covers([word.start for word in words]))
