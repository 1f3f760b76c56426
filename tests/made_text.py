"""Statements for Hypothesis: words that the lexicons know, in any order, and any text at all."""

from pathlib import Path

from hypothesis import strategies as st

_PIECES = (Path(__file__).parent / "data" / "pieces.txt").read_text(encoding="utf-8").split()
_BLANKS = [" ", "\n", "\u00a0", "\u0301", "\u200b", "\ufeff", "\ud800"]

WORDY = st.lists(st.sampled_from([*_PIECES, *_BLANKS]), max_size=25).map(" ".join)
STATEMENTS = st.one_of(WORDY, st.text(max_size=40))
