"""Where statements begin and end, and what is set aside."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.reading.segmentation import segment
from tests.reading.marked import marked_texts
from tests.reading.scoring import Score, boilerplate, boundaries

TEXTS = marked_texts()
BLOCKS = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").split("\n\n")
PIECES = st.sampled_from(
    [
        *"“”\"'’‘«»().!?…,;:-—•*#\n\r\t \u2028\u00a0",
        *("\n\n", "Mr. ", "U.S. ", "Q: ", "A: ", "He said", " Abe ", "No. 5 ", "1. ", "3/7 "),
        *("By Ann Lee\n", "MOSCOW — ", "日本。", "\U0001f600", "\ud800"),
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
def test_segments_and_gaps_give_the_text_back(text):
    here, rebuilt = 0, ""
    for part in segment(text):
        assert here <= part.start < part.end
        gap, words = text[here : part.start], text[part.start : part.end]
        assert words == words.strip()
        rebuilt += gap + words
        here = part.end
    assert rebuilt + text[here:] == text


@given(st.text(alphabet="ab \n", max_size=80))
def test_no_letter_falls_into_a_gap_of_plain_text(text):
    kept = "".join(text[part.start : part.end] for part in segment(text))
    assert "".join(kept.split()) == "".join(text.split())


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[:30])
def test_listed_sentences_are_cut_where_marked(block):
    lines = [line for line in block.splitlines() if not line.startswith("#")]
    marked = "\n".join(lines)
    text = marked.replace("¦", "")
    found = [text[part.start : part.end] for part in segment(text)]
    assert found == [piece.strip() for piece in marked.split("¦")]


@pytest.mark.parametrize("name", TEXTS)
def test_each_marked_text_is_cut_nearly_as_marked(name):
    text, marks = TEXTS[name]
    assert boundaries(marks, segment(text)).f1 >= 0.95


def test_boundaries_over_all_marked_texts():
    score = sum((boundaries(marks, segment(text)) for text, marks in TEXTS.values()), Score())
    assert score.f1 >= 0.98


def test_boilerplate_over_all_marked_texts():
    score = sum((boilerplate(marks, segment(text)) for text, marks in TEXTS.values()), Score())
    assert score.f1 >= 0.95
    assert score.false == 0 or score.hits / (score.hits + score.false) >= 0.95


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Photo: Anna Lee/Getty Images", "credit"),
        ("https://example.org/a/b?c=d", "link"),
        ("Sign up for our free newsletter.", "prompt"),
        ("By Anna Lee and Boris Orlov", "byline"),
        ("© 2020 Example Press", "credit"),
        ("* * *", "ornament"),
        ("(Applause.)", "direction"),
        ("(Prolonged laughter and applause)", "direction"),
        ("(Inaudible)", "direction"),
        ("(As interpreted.)", "direction"),
        ("(Provisional translation)", "direction"),
        ("(Speaks in Russian.)", "direction"),
        ("Mr. Speaker,", "salutation"),
        ("Madam President, Excellencies, distinguished colleagues,", "salutation"),
        ("President Petrov, Governor Anna Orlova, dear friends,", "salutation"),
        ("Ladies and gentlemen!", "salutation"),
        ("Our Standards: The Example Press Principles.", "credit"),
        ("Published 12 May 2019 · 8 min read", "byline"),
        ("Updated May 12, 2019, 4:30 pm", "byline"),
        ("The views expressed are his own.", "disclaimer"),
        ("Opinions are her own.", "disclaimer"),
        ("All views are the author’s alone.", "disclaimer"),
        ("She writes here in a personal capacity.", "disclaimer"),
        ("Get the Morning Briefing", "prompt"),
        ("Try our weekly newsletter", "prompt"),
    ],
)
def test_boilerplate_lines_are_named(line, reason):
    text = f"Ties are thawing.\n\n{line}\n\nThe talks go on."
    assert [part.boilerplate for part in segment(text)] == ["", reason, ""]


@pytest.mark.parametrize(
    "line",
    [
        "Opinion in Tokyo is divided.",
        "By Tuesday the talks had failed.",
        "Related questions were left open.",
        "Share prices fell in Moscow.",
        "More ships will sail next year.",
        "The photographs show the islands.",
        "Follow the money, he said.",
        "(The treaty was never signed.)",
        "President Petrov, a lawyer, left.",
        "Published in 2019, the book made its way.",
        "The views of the mayor are his own.",
        "The crossing took 40 minutes.",
        "The latest from Omsk is grim.",
        "Get the fleet home, the admiral said.",
    ],
)
def test_statements_that_look_like_boilerplate_are_kept(line):
    assert [part.boilerplate for part in segment(f"It began.\n\n{line}\n\nIt ended.")] == [""] * 3


@pytest.mark.parametrize(
    ("line", "statements"),
    [
        ("We will sail. (Applause.) We will win.", ["We will sail.", "We will win."]),
        ("We will sail (Laughter)", ["We will sail"]),
        ("Ann Lee teaches in Omsk. The views expressed are her own.", ["Ann Lee teaches in Omsk."]),
        ("We will sail (at last).", ["We will sail (at last)."]),
    ],
)
def test_asides_within_a_paragraph_are_set_apart(line, statements):
    assert [line[p.start : p.end] for p in segment(line) if not p.boilerplate] == statements


@pytest.mark.parametrize("heading", ["Related stories", "More on this", "Most read:", "See also"])
def test_links_under_their_heading_are_set_aside_up_to_the_next_long_paragraph(heading):
    links = f"{heading}\n\nAbe: no treaty yet\n\nWill it ever end?\n\n"
    story = "The envoys who had come to Sapporo for the talks on fishing left without a word."
    kept = [part for part in segment(f"{story}\n\n{links}{story}") if not part.boilerplate]
    assert len(kept) == 2
    assert [part.boilerplate for part in segment(f"{story}\n\n{links}")][1:] == ["prompt"] * 3


def test_turns_after_a_heading_of_links_are_kept():
    text = "Hale: Why?\n\nBelov: Gas.\n\nRelated stories\n\nNo gas\n\nHale: I see.\n\nBelov: Good."
    kept = [text[p.start : p.end] for p in segment(text) if not p.boilerplate]
    assert kept == ["Why?", "Gas.", "I see.", "Good."]


def test_boilerplate_is_not_joined_to_the_line_before():
    text = "You are receiving this email because you read\nthe Review.\nUnsubscribe | Help | Feedba"
    assert [part.boilerplate for part in segment(text)] == ["prompt", "prompt"]


def test_wrapped_lines_are_joined_and_verse_like_lines_are_not():
    wrapped = "The two governments agreed on Monday to resume the\ntalks that were broken off."
    assert len(segment(wrapped)) == 1
    assert len(segment("Talks in Tokyo\nTalks in Moscow\nNo talks in Kyiv")) == 3


def test_line_endings_do_not_matter():
    text = "Talks resume\n\nThey met. They left.\nNobody stayed"
    cut = [text[p.start : p.end] for p in segment(text)]
    windows = text.replace("\n", "\r\n")
    assert [windows[p.start : p.end] for p in segment(windows)] == cut


def test_speaker_labels_are_gaps_and_rule_until_the_next():
    text = "ABE: We met. We talked.\n\nPUTIN: So we did.\n\nAnd we ate.\n\nABE: We did."
    speakers = [(part.speaker, text[part.start : part.end]) for part in segment(text)]
    assert speakers == [
        ("ABE", "We met."),
        ("ABE", "We talked."),
        ("PUTIN", "So we did."),
        ("PUTIN", "And we ate."),
        ("ABE", "We did."),
    ]


def test_a_colon_in_a_headline_is_no_speaker():
    text = "Vladivostok: warm words\n\nSeoul and Tokyo: no end in sight\n\nThe talks ended."
    assert {part.speaker for part in segment(text)} == {""}


@pytest.mark.parametrize(
    "text",
    [
        "Next steps: a summit\n\nKey Findings: The ice is thin.\n\nThe next findings are due.",
        "ECONOMY: Growth slowed.\n\nSECURITY: Nothing moved.",
        "Laura Hale: a life in maps\n\nDmitri Belov: a life in ships",
        "Why Now: The ice is thin.\n\nLaura Hale saw it.",
    ],
)
def test_headings_with_a_colon_are_no_speakers(text):
    assert {part.speaker for part in segment(text)} == {""}
