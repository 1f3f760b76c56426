import random
from collections import namedtuple
from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from stance.annotations import Annotation, read_annotations
from stance.errors import AnnotationError
from stance.labels import LABELS, Label
from stance.lexicon import read_sources
from stance.resources import annotations_folder
from stance.workbench.review import find_suspects, pipeline_out_of_fold, weigh_words

S, K, N = LABELS


def plain_pipeline(texts, labels, groups):
    """Out-of-fold probabilities of the textbook classifier, in the order of LABELS."""
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=200))
    places = [LABELS.index(label) for label in labels]
    return cross_val_predict(
        model, texts, places, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )


def annotations(count=300, seed=0):
    generator = random.Random(seed)
    words = {S: "agree welcome", K: "oppose doubt", N: "Monday schedule"}
    items = []
    for n in range(count):
        label = generator.choice(LABELS)
        filler = " ".join(generator.choice("abcdefghij") * 3 for _ in range(5))
        items.append(Annotation(f"s{n}", f"{words[label]} {filler} {n}", label, f"g{n // 4}"))
    return items


def test_planted_errors_come_first():
    items = annotations()
    planted = set(random.Random(1).sample(range(len(items)), 9))
    wrong = [
        replace(item, label=LABELS[LABELS.index(item.label) - 1]) if n in planted else item
        for n, item in enumerate(items)
    ]
    found = find_suspects(wrong, plain_pipeline)
    first = {suspect.annotation.id: suspect for suspect in found[:9]}
    caught = first.keys() & {f"s{n}" for n in planted}
    assert len(caught) >= 8
    truth = {item.id: item.label for item in items}
    for name in caught:
        assert first[name].suggested is truth[name]
        assert first[name].rival > first[name].given
    assert len(find_suspects(wrong, plain_pipeline, top=4)) == 4


def test_the_groups_are_handed_to_what_judges():
    items = annotations(60)
    asked = {}

    def spy(texts, labels, groups):
        asked.update(texts=texts, labels=labels, groups=groups)
        return np.full((len(texts), 3), 1 / 3)

    assert find_suspects(items, spy) == []
    assert asked["groups"] == [item.group for item in items]
    assert asked["labels"] == [item.label for item in items]


def test_a_label_below_its_usual_probability_raises_no_suspicion():
    items = [Annotation(str(n), f"t {n}", label, str(n)) for n, label in enumerate([S, S, K, K])]
    rows = [[0.9, 0.1, 0], [0.4, 0.6, 0], [0.1, 0.9, 0], [0.2, 0.8, 0]]
    # 0.6 for skeptical is more than 0.4, but less than skeptical sentences get (0.85).
    assert find_suspects(items, lambda *_: np.array(rows)) == []
    rows[1] = [0.1, 0.9, 0]
    (found,) = find_suspects(items, lambda *_: np.array(rows))
    assert (found.annotation.id, found.suggested) == ("1", K)
    assert found.record()["suspect"] == {
        "suggested": "skeptical", "given": 0.1, "rival": 0.9, "words": [],
    }  # fmt: skip


def test_one_label_alone_cannot_be_reviewed():
    with pytest.raises(AnnotationError, match="all labels are alike"):
        find_suspects([Annotation("a", "A.", S, "g")], plain_pipeline)


def test_evidence_is_what_speaks_for_one_label_against_the_other():
    cue = namedtuple("cue", "text contributions")
    cues = (
        cue("talks", {S: 0.1, K: 0.0, N: -0.1}),
        cue("futile", {S: -0.5, K: 1.0, N: -0.5}),
        cue("hope", {S: 1.0, K: -0.5, N: -0.5}),
        cue("never", {S: -0.2, K: 0.3, N: -0.1}),
    )
    assessed = namedtuple("assessed", "cues")(cues)
    evidence = weigh_words(lambda text: assessed)
    assert evidence("...", Label.SKEPTICAL, Label.SUPPORTIVE) == ["futile", "never"]
    assert weigh_words(lambda text: assessed, 1)("...", K, S) == ["futile"]
    items = [Annotation(str(n), f"t {n}", label, str(n)) for n, label in enumerate([S, S, K, K])]
    rows = np.array([[0.9, 0.1, 0], [0.1, 0.9, 0], [0.1, 0.9, 0], [0.2, 0.8, 0]])
    (found,) = find_suspects(items, lambda *_: rows, evidence=lambda *asked: asked)
    assert found.words == ("t 1", K, S)


def test_the_projects_own_pipeline_serves():
    folder = annotations_folder()
    items = read_annotations(folder / "test.jsonl")
    sources = read_sources(folder / "names.tsv", folder / "cues.tsv", folder / "target.toml")
    planted = range(3, len(items), 50)
    wrong = [
        replace(item, label=K if item.label is S else S) if n in planted else item
        for n, item in enumerate(items)
    ]
    found = find_suspects(wrong, pipeline_out_of_fold(sources, rounds=1))
    ids = {suspect.annotation.id for suspect in found}
    share = sum(items[n].id in ids for n in planted) / len(planted)
    assert share > 2 * len(found) / len(items)
