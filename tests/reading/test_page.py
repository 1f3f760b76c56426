"""The page as text: whole, self-contained, escaped."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.reading import read

VOID = {"meta", "input", "br", "path", "circle"}
HOSTILE = [
    "<script>alert(1)</script> said Anna Orlova. She hopes.",
    '" onmouseover="alert(1)" x="',
    "<img src=x onerror=alert(1)> We hope.",
    "</main></body><style>*{display:none}</style>",
    "{{text}} {{title}} hope {{table}}",
    "&lt;b&gt; &amp; hope",
    "‮hope‬ \u2066doubt\u2069 said Anna Orlova.",
    "hope\x00doubt\x1b[31m \ud800",
    "javascript:alert(1)",
    "-->]]><!-- hope",
]


class Page(HTMLParser):
    """What a page is made of; refuses unbalanced tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_page_of_an_article(article, model):
    page = Page(read(article, model=model).to_html())
    statements = [a for tag, a in page.tags if "data-stance" in a]
    assert [a["data-stance"] for a in statements] == [
        "off-topic",
        "neutral",
        "supportive",
        "skeptical",
        "supportive",
        "skeptical",
    ]
    assert statements[2]["data-holder"] == "Takeshi Arimura"
    cue = next(a for tag, a in page.tags if "data-weight" in a)
    assert (cue["data-weight"], cue["tabindex"]) == ("+1.25 supportive", "0")
    assert page.count("h1") == 1
    assert page.count("svg") == 3
    for words in ("TOKYO, May 3 —", "By Nora Lindgren", "said Takeshi Arimura, a former consul."):
        assert words in page.text


def test_nothing_comes_from_elsewhere(article, model):
    page = Page(read(article, model=model).to_html())
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert not {"src", "action", "srcset", "background"} & set(attributes)
        assert all(value is None or not name.startswith("on") for name, value in attributes.items())
        if "href" in attributes:
            assert attributes["href"].startswith("#")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text, model):
    clean = Page(read("We hope.", model=model).to_html())
    html = read(text, model=model).to_html(title=text)
    html.encode("utf-8")
    page = Page(html)
    assert page.count("script") == clean.count("script") == 1
    assert page.count("style") == 1
    assert page.count("img") == 0
    assert all(not name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b") & set(html)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_gives_a_sound_page(text, title):
    from tests.reading.conftest import WordModel

    reading = read(f"{text} hope {text}", model=WordModel())
    page = Page(reading.to_html(title=title))
    assert page.count("script") == 1


def test_direction_marks_are_shown(model):
    html = read("‮hope", model=model).to_html()
    assert "U+202E" in html


def test_title_is_given_or_the_first_statement(article, model):
    reading = read(article, model=model)
    assert "<title>Envoys meet in Sapporo</title>" in reading.to_html()
    assert "<title>A &lt;b&gt;</title>" in reading.to_html(title="A <b>")
    (title,) = re.findall("<title>(.*?)</title>", reading.to_html(title="x" * 500))
    assert len(title) < 200


def test_notebooks_show_the_table(article, model):
    shown = Page(read(article, model=model)._repr_html_())
    assert shown.count("table") == 1
    assert shown.count("button") == 0
    assert "Takeshi Arimura" in shown.text
