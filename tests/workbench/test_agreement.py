import random
from collections import Counter

import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask

from stance.agreement import measure_agreement
from stance.annotations import read_annotations
from stance.errors import AnnotationError
from stance.labels import LABELS, Label
from stance.resources import annotations_folder

S, K, N = LABELS


def some_votes(seed, annotators=4, sentences=60, missing=0.3):
    generator = random.Random(seed)
    votes = {}
    for item in range(sentences):
        truth = generator.choice(LABELS)
        votes[f"{item}"] = {
            f"ann{who}": truth if generator.random() < 0.7 else generator.choice(LABELS)
            for who in range(annotators)
            if generator.random() >= missing
        }
    return votes


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_bootstrap_draws_what_nltk_computes(seed, missing):
    # With one draw of every sentence the interval closes on the figure, so both ways must agree.
    from stance.agreement import _alpha, _coincidences, _count, _draw_totals

    votes = {k: v for k, v in some_votes(seed, missing=missing).items() if len(v) > 1}
    triples = [(who, item, label) for item, given in votes.items() for who, label in given.items()]
    counts = np.array([_count(given) for given in votes.values()])
    ours = _alpha(_draw_totals(_coincidences(counts), 1, 0))[0]
    assert ours == pytest.approx(AnnotationTask(triples).alpha(), abs=1e-12)


def test_figures_match_nltk_on_complete_judgements():
    votes = some_votes(1, annotators=3, missing=0)
    triples = [(who, item, label) for item, given in votes.items() for who, label in given.items()]
    task = AnnotationTask(triples)
    found = measure_agreement(votes, draws=50)
    assert found.observed.value == pytest.approx(task.avg_Ao())
    assert found.fleiss.value == pytest.approx(task.pi())
    assert len(found.pairs) == 3
    for pair in found.pairs:
        assert pair.kappa.value == pytest.approx(task.kappa_pairwise(pair.first, pair.second))
        assert pair.observed.value == pytest.approx(task.Ao(pair.first, pair.second))
        assert sum(pair.confusion.values()) == pair.sentences == 60
    for measure in (found.observed, found.alpha, found.fleiss, *found.labels.values()):
        assert measure.low <= measure.value <= measure.high
        assert measure.high - measure.low > 0.01


def test_agreement_by_label_confusion_and_dividing_sentences():
    votes = {
        "a": {"ann": S, "bo": S, "cy": S},
        "b": {"ann": S, "bo": N, "cy": K},
        "c": {"ann": N, "bo": N},
        "d": {"ann": N, "bo": S, "cy": S},
        "e": {"ann": K},
    }
    found = measure_agreement(votes, draws=20)
    assert found.annotators == ("ann", "bo", "cy")
    assert (found.sentences, found.judgements) == (4, 11)
    assert found.dividing == ("b", "d")
    # Of the 6 supportive labels, those of "a" meet 2 of 2, that of "b" 0, those of "d" 1 of 2.
    assert found.labels[S].value == pytest.approx((3 * 1 + 0 + 2 * 0.5) / 6)
    ann_and_bo = found.pairs[0]
    assert ann_and_bo.confusion == Counter({(S, S): 1, (S, N): 1, (N, N): 1, (N, S): 1})
    assert found.fleiss is not None


def test_a_label_nobody_used_has_no_figure_and_one_label_alone_is_whole_agreement():
    votes = {str(item): {"ann": N, "bo": N} for item in range(5)}
    found = measure_agreement(votes, draws=20)
    assert set(found.labels) == {N}
    assert found.alpha.value == found.fleiss.value == found.pairs[0].kappa.value == 1
    assert found.alpha.low == 1


def test_annotators_who_share_nothing_make_no_pair():
    votes = {"a": {"ann": S, "bo": S}, "b": {"cy": S, "di": K}}
    found = measure_agreement(votes, draws=5)
    assert [(pair.first, pair.second) for pair in found.pairs] == [("ann", "bo"), ("cy", "di")]
    assert found.fleiss is None


def test_the_seed_decides_the_draws():
    votes = some_votes(3)
    assert measure_agreement(votes, draws=50) == measure_agreement(votes, draws=50)
    assert measure_agreement(votes, draws=50) != measure_agreement(votes, draws=50, seed=1)


def test_one_label_a_sentence_is_no_agreement():
    with pytest.raises(AnnotationError, match="labelled twice"):
        measure_agreement({"a": {"ann": S}})


def test_the_readers_of_the_test_part_agree():
    items = read_annotations(annotations_folder() / "test.jsonl")
    found = measure_agreement({item.id: item.labels for item in items})
    assert found.alpha.value == pytest.approx(0.982, abs=0.002)
    assert found.alpha.low > 0.97
    assert set(found.labels) == set(Label)
