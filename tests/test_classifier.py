"""The learner: its two parts, and what comes out of their mean."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from stance.classifier import MarginBayes


@pytest.fixture(scope="module")
def values() -> csr_matrix:
    """Ninety texts of three labels: a feature for each label, one for all, and a rare one."""
    numbers = np.random.default_rng(0)
    shares = np.array(
        [[0.7, 0.2, 0.1, 0.5, 0.05], [0.1, 0.7, 0.2, 0.5, 0.05], [0.2, 0.1, 0.7, 0.5, 0.05]]
    )
    return csr_matrix((numbers.random((90, 5)) < shares[np.arange(90) % 3]).astype(float))


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return np.arange(90) % 3


@pytest.mark.parametrize("penalty", [1.0, 100.0])
def test_mean_of_the_scores_of_both_parts(
    values: csr_matrix, labels: np.ndarray, penalty: float
) -> None:
    fitted = MarginBayes(penalty).fit(values, labels)
    machine = LinearSVC(C=1 / penalty, tol=1e-2, random_state=0).fit(values, labels)
    margin = machine.decision_function(values)
    bayes = values @ ComplementNB(alpha=0.3).fit(values, labels).feature_log_prob_.T
    bayes -= bayes.mean(axis=1, keepdims=True)
    assert fitted.coef_.shape == (3, 5)
    # Labels are of one size here.
    expected = 0.6 * margin / margin.std() + 0.4 * bayes / bayes.std()
    assert fitted.decision_function(values) == pytest.approx(expected)


def test_naive_bayes_by_hand() -> None:
    values = csr_matrix([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 1.0]])
    fitted = MarginBayes(1e12).fit(values, np.array([0, 1, 2, 1]))
    # What the other labels add up to, each of one weight, smoothed by 0.3.
    others = np.array([[0.0, 4 / 3], [4 / 3, 0.0], [4 / 3, 4 / 3]]) + 0.3
    shares = -np.log(others / others.sum(axis=1, keepdims=True))
    scores = values @ (shares - shares.mean(axis=0)).T
    found = fitted.decision_function(values)
    machine = LinearSVC(C=1e-12, tol=1e-2, random_state=0)
    machine.fit(values, [0, 1, 2, 1], sample_weight=[4 / 3, 2 / 3, 4 / 3, 2 / 3])
    margin = machine.decision_function(values)
    expected = 0.6 * margin / margin.std() + 0.4 * scores / scores.std()
    assert found == pytest.approx(expected)


def test_features_that_tell_nothing() -> None:
    """Nor do they trouble: all scores are numbers."""
    values = csr_matrix(np.ones((6, 2)))
    fitted = MarginBayes(1.0).fit(values, np.arange(6) % 3)
    assert np.isfinite(fitted.coef_).all()
    assert np.isfinite(fitted.decision_function(values)).all()


def test_rare_feature_of_one_label_speaks_for_it(values: csr_matrix, labels: np.ndarray) -> None:
    rare = np.zeros((90, 1))
    rare[np.flatnonzero(labels == 1)[:2]] = 1
    fitted = MarginBayes(10.0).fit(hstack([values, rare]).tocsr(), labels)
    assert fitted.coef_[:, -1].argmax() == 1


def test_labels_weigh_the_same(values: csr_matrix, labels: np.ndarray) -> None:
    """One label's texts three times over: the labels found stay."""
    often = np.concatenate([np.arange(90), *2 * [np.flatnonzero(labels == 2)]])
    one = MarginBayes(9.0).fit(values, labels)
    # Losses of the machine add up over more texts.
    other = MarginBayes(9.0 * 5 / 3).fit(values[often], labels[often])
    assert one.predict(values).tolist() == other.predict(values).tolist()


def test_the_same_every_time(values: csr_matrix, labels: np.ndarray) -> None:
    one, other = (MarginBayes(10.0).fit(values, labels) for _ in range(2))
    assert np.array_equal(one.coef_, other.coef_)
    assert one.predict(values).tolist() == other.predict(values).tolist()
