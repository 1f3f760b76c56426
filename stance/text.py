"""From characters to tokens. Part of the model: changing it is a new `TOKENISER_VERSION`."""

import re
import unicodedata
from collections.abc import Sequence

TOKENISER_VERSION = 2

BOUNDARY = "\n"

# Folding turns every dash into the last of these.
SIGNS = f';:?!"()%${BOUNDARY}|'
CLITICS = ("'s", "'t", "'re", "'ve", "'ll", "'d", "'m")
# A longer word is unknown to every model.
LONGEST_TOKEN = 24

# Possessive, so that a run of digits and commas keeps no way back in memory.
_AFTER_WORDS = rf"|(?:{'|'.join(CLITICS)})\b|\d++(?:[.,]\d++)*+|[,{SIGNS}]"
_ASCII_TOKEN = re.compile("[a-z]+" + _AFTER_WORDS, re.ASCII)
_TOKEN = re.compile(r"[^\W\d_]+" + _AFTER_WORDS)
_FOREIGN = re.compile(r"[^\x00-\x7f]+")

# What NFKD leaves alone and newspapers use for the plain character.
_PLAIN = {
    **dict.fromkeys("‘’‚‛′ʼ´＇", "'"),
    **dict.fromkeys("“”„‟″«»＂", '"'),
    **dict.fromkeys("–—―‒−", "|"),
    **dict.fromkeys("‐‑", "-"),
    "№": "#",
    "ø": "o",
    "Ø": "o",
    "ł": "l",
    "Ł": "l",
    "đ": "d",
    "Đ": "d",
}


class _Folding(dict[int, str]):
    """Lower-case plain form of a character, found once each.

    Working a character at a time keeps the cost linear (canonical reordering of long runs of
    combining marks is not) and makes the outcome independent of what stands around.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        plain = _PLAIN.get(unicodedata.normalize("NFC", char))
        if plain is None:
            plain = (
                " "
                if unicodedata.category(char)[0] in "ZC"
                else "".join(
                    _PLAIN.get(part, part)
                    for part in unicodedata.normalize("NFKD", char)
                    if unicodedata.category(part) not in ("Mn", "Me")
                ).casefold()
            )
            if unicodedata.category(char) == "Cf":
                plain = ""
            if len(plain) > 1:
                plain = plain.replace(BOUNDARY, " ")
        self[code] = plain
        return plain


_folding = _Folding()


def _fold_run(match: re.Match[str]) -> str:
    return match.group().translate(_folding)


def fold(text: str) -> str:
    """Lower-case the text and reduce it to plain letters, quotation marks and dashes.

    Accents and invisible characters go, compatibility forms become plain, so that NFC and NFD,
    curly and straight quotation marks come out the same.

    Examples
    --------
    >>> fold("“Shinzō”")
    '"shinzo"'
    """
    return (text if text.isascii() else _FOREIGN.sub(_fold_run, text)).lower()


def tokenise(folded: str) -> list[str]:
    """Split folded text into words, numbers, clitics and punctuation.

    Examples
    --------
    >>> tokenise(fold("Japan's G-7 isn't “cold”."))
    ['japan', "'s", 'g', '7', 'isn', "'t", '"', 'cold', '"']
    """
    return (_ASCII_TOKEN if folded.isascii() else _TOKEN).findall(folded)


def join(texts: Sequence[str]) -> str:
    """Texts folded but for the case of ASCII letters, a `BOUNDARY` behind each and nowhere else."""
    lines = [text if text.isascii() else fold(text) for text in texts]
    joined = BOUNDARY.join(lines)
    if joined.count(BOUNDARY) != len(lines) - 1:
        joined = BOUNDARY.join([line.replace(BOUNDARY, " ") for line in lines])
    return joined + BOUNDARY


def tokenise_many(texts: Sequence[str]) -> list[str]:
    """Tokens of all texts in one list, a `BOUNDARY` behind each text."""
    return tokenise(join(texts).lower())


def token_spans(text: str) -> list[tuple[str, int, int]]:
    """Tokens of one text with the span of characters of the original each stands for."""
    line = text.replace(BOUNDARY, " ")
    if line.isascii():
        return [(m.group(), m.start(), m.end()) for m in _ASCII_TOKEN.finditer(line.lower())]
    folded: list[str] = []
    origin: list[int] = []
    for position, char in enumerate(line):
        plain = fold(char)
        folded.append(plain)
        origin.extend([position] * len(plain))
    whole = "".join(folded)
    pattern = _ASCII_TOKEN if whole.isascii() else _TOKEN
    return [
        (m.group(), origin[m.start()], origin[m.end() - 1] + 1) for m in pattern.finditer(whole)
    ]
