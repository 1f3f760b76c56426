"""Readings: their statements, counts, rows and JSON; many documents."""

import json
import pickle
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stance
from stance.errors import StatementError
from stance.labels import Label
from stance.reading import AUTHOR, HolderKind, read, read_many
from stance.reading.summary import net_interval
from stance.resources import model_folder


def test_statements_of_an_article(article, model):
    reading = read(article, model=model)
    assert [(s.holder, s.kind, s.label) for s in reading] == [
        (AUTHOR, "author", "neutral"),
        (AUTHOR, "author", "neutral"),
        ("Takeshi Arimura", "speech", "supportive"),
        ("Takeshi Arimura", "speech", "skeptical"),
        ("Kremlin", "attitude", "supportive"),
        ("Takeshi Arimura", "attitude", "skeptical"),
    ]
    assert all(article[s.start : s.end] == s.text for s in reading)
    assert [aside.reason for aside in reading.asides] == ["byline", "credit"]
    assert all(article[a.start : a.end] == a.text for a in reading.asides)


def test_a_reading_is_a_sequence(article, model):
    reading = read(article, model=model)
    assert len(reading) == 6
    assert reading[0] is reading.statements[0]
    assert reading[1:3] == reading.statements[1:3]
    assert list(reading) == list(reading.statements)


def test_distribution_keeps_off_topic_apart(article, model):
    seen = read(article, model=model).distribution()
    assert seen[:5] == (6, 2, 2, 1, 1)
    assert seen.mean_probabilities[Label.SUPPORTIVE] == pytest.approx((2 * 0.8 + 4 * 0.1) / 6)
    assert sum(seen.mean_probabilities.values()) == pytest.approx(1)


def _all_on_topic(_, texts):
    return [True] * len(texts)


def test_the_model_says_what_is_on_topic(article, model, monkeypatch):
    monkeypatch.setattr(type(model), "on_topic", _all_on_topic, raising=False)
    assert read(article, model=model).distribution().off_topic == 0


def test_by_holder_counts_and_nets(article, model):
    summaries = {row.holder: row for row in read(article, model=model).by_holder()}
    assert list(summaries) == ["Takeshi Arimura", "Kremlin", AUTHOR]
    arimura = summaries["Takeshi Arimura"]
    assert (arimura.statements, arimura.supportive, arimura.skeptical) == (3, 1, 2)
    assert arimura.net == pytest.approx(-1 / 3)
    assert sum(row.statements for row in summaries.values()) == 6


@given(*[st.integers(0, 40)] * 3)
def test_intervals_are_honest(supportive, skeptical, neutral):
    low, high = net_interval(supportive, skeptical, neutral)
    assert -1 <= low < high <= 1
    wider = net_interval(supportive * 9, skeptical * 9, neutral * 9)
    assert wider[1] - wider[0] <= high - low
    mirrored = net_interval(skeptical, supportive, neutral)
    assert mirrored == pytest.approx((-high, -low), abs=0.03)


def test_one_statement_leaves_the_sign_open():
    low, high = net_interval(1, 0, 0)
    assert low < 0 < high


def test_intervals_cover_the_truth():
    import numpy as np

    draw = np.random.default_rng(7).multinomial(12, [0.5, 0.2, 0.3], size=400)
    covered = [low <= 0.3 <= high for low, high in (net_interval(*map(int, row)) for row in draw)]
    assert 0.92 <= np.mean(covered) <= 0.99


def test_rows_are_plain_values(article, model):
    rows = read(article, model=model).rows()
    assert json.loads(json.dumps(rows)) == rows
    assert rows[2]["holder"] == "Takeshi Arimura"
    assert {type(value) for row in rows for value in row.values()} == {int, str, float, bool}
    assert len({tuple(row) for row in rows}) == 1


def test_json_holds_everything(article, model):
    content = json.loads(read(article, model=model).to_json(indent=1))
    assert len(content["statements"]) == 6
    assert content["statements"][2]["cues"][0]["text"] == "welcome"
    assert content["asides"][0]["reason"] == "byline"
    assert content["distribution"]["statements"] == 6
    assert [holder["holder"] for holder in content["holders"]][-1] == AUTHOR


def test_the_packaged_model_reads(article):
    reading = read(article)
    assert len(reading) == 6
    cue = next(cue for statement in reading for cue in statement.assessment.cues)
    assert any(s.text[cue.start : cue.end] == cue.text for s in reading)


@pytest.mark.parametrize("text", ["", " \n\n\t", "***", "https://example.org"])
def test_texts_without_statements_give_empty_readings(text, model):
    reading = read(text, model=model)
    assert len(reading) == 0
    assert reading.distribution()[:5] == (0, 0, 0, 0, 0)
    assert reading.by_holder() == []
    assert json.loads(reading.to_json())["statements"] == []
    assert "<table>" in reading.to_html()


@pytest.mark.parametrize("item", [None, float("nan"), b"text", 3, ["a"]])
def test_what_is_no_text_is_refused(item, model):
    with pytest.raises(StatementError, match=type(item).__name__):
        read(item, model=model)


def test_many_documents_in_order(article, model):
    documents = [article, "Ties are thawing.", ""] * 3
    found = list(read_many(iter(documents), model=model, chunk_size=2))
    assert [reading.text for reading in found] == documents
    assert found[0].statements == read(article, model=model).statements


def test_many_documents_are_read_as_they_are_taken(model):
    taken = []

    def documents():
        for number in range(100):
            taken.append(number)
            yield f"Talk {number} failed."

    first = next(read_many(documents(), model=model, chunk_size=4))
    assert first.text == "Talk 0 failed."
    assert len(taken) <= 8


def test_many_documents_on_two_workers_are_the_same(article):
    documents = [article, "Japan and Russia hope for a treaty."] * 3
    alone = [reading.rows() for reading in read_many(documents)]
    assert [reading.rows() for reading in read_many(documents, n_jobs=2, chunk_size=2)] == alone


def test_many_documents_name_the_item_that_is_none(model):
    with pytest.raises(StatementError, match="index 2") as caught:
        list(read_many(["a.", "b.", None], model=model))
    assert caught.value.index == 2


@pytest.mark.parametrize("documents", ["one text", b"bytes"])
def test_many_documents_are_not_one(documents, model):
    with pytest.raises(StatementError):
        read_many(documents, model=model)


def test_chunks_hold_something(model):
    with pytest.raises(ValueError, match="chunk_size"):
        read_many(["a."], model=model, chunk_size=0)


def test_readings_can_be_sent_elsewhere(article, model):
    reading = read(article, model=model)
    again = pickle.loads(pickle.dumps(reading))
    assert again.rows() == reading.rows()
    assert again[2].kind is HolderKind.SPEECH


def test_threads_read_alike(article, model):
    expected = read(article, model=model).rows()
    found = []
    threads = [
        Thread(target=lambda: found.append(read(article, model=model).rows())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_a_model_reads_like_the_module():
    model = stance.load(model_folder())
    text = 'Talks went on. "We welcome them," said Jun Mori, a mayor.'
    assert model.read(text).rows() == read(text).rows()
    assert [one.rows() for one in model.read_many([text] * 3, n_jobs=2, chunk_size=1)] == (
        [read(text).rows()] * 3
    )


def test_reading_ahead_is_bounded_with_workers():
    taken = 0

    def documents():
        nonlocal taken
        while True:
            taken += 1
            yield "Japan and Russia hold talks. Nobody expects much."

    readings = read_many(documents(), n_jobs=2, chunk_size=4)
    assert len(next(readings)) == 2
    readings.close()
    assert taken <= 4 * 4 * 2 + 4
