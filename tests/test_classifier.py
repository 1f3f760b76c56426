"""The learner: scales by log-count ratios, and what comes out of it."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, diags_array
from sklearn.svm import LinearSVC

from stance.classifier import RatioScaledSVC, _scale


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


def test_scale_by_hand() -> None:
    values = csr_matrix([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    ratio = np.array([np.log((2 + 1) / 1), 0.0])
    expected = 0.5 + 0.5 * ratio / np.sqrt((ratio**2).mean())
    assert _scale(values, np.array([True, True, False, False])) == pytest.approx(expected)


def test_sides_are_compared_by_shares_of_texts() -> None:
    values = csr_matrix([[1.0, 0.0]] * 20 + [[1.0, 1.0]] * 2000)
    everywhere, outside = _scale(values, np.arange(2020) < 20)
    assert everywhere < 0.6 < outside


def test_features_that_tell_nothing() -> None:
    scale = _scale(csr_matrix(np.ones((4, 2))), np.array([True, True, False, False]))
    assert scale.tolist() == [0.5, 0.5]


def test_telling_features_have_the_larger_scale(values: csr_matrix, labels: np.ndarray) -> None:
    scale = _scale(values, labels == 0)
    assert scale[0] > scale[3]


def test_coefficients_are_of_plain_values(values: csr_matrix, labels: np.ndarray) -> None:
    fitted = RatioScaledSVC(1.0).fit(values, labels)
    scale = _scale(values, labels == 1)
    machine = LinearSVC(C=1.0, random_state=0).fit(values @ diags_array(scale), labels == 1)
    assert fitted.coef_.shape == (3, 5)
    # Labels are of one size here; the others together still weigh twice what one does.
    scores = values @ fitted.coef_[1] + fitted.intercept_[1]
    assert scores == pytest.approx(fitted.decision_function(values)[:, 1])
    assert scores == pytest.approx(machine.decision_function(values @ diags_array(scale)), abs=1e-3)


def test_labels_weigh_the_same(values: csr_matrix, labels: np.ndarray) -> None:
    """Half of one label's texts left out: as good as the same texts twice."""
    few = np.flatnonzero((labels != 2) | (np.arange(90) < 45))
    doubled = np.concatenate([few, few[labels[few] == 2]])
    one = RatioScaledSVC(10.0).fit(values[few], labels[few])
    assert one.classes_.tolist() == [0, 1, 2]
    recall = [(one.predict(values[few])[labels[few] == k] == k).mean() for k in range(3)]
    assert min(recall) > 0.5
    other = RatioScaledSVC(10.0).fit(values[doubled], labels[doubled])
    assert one.predict(values).tolist() == other.predict(values).tolist()


def test_stronger_penalty_smaller_weights(values: csr_matrix, labels: np.ndarray) -> None:
    weak, strong = (RatioScaledSVC(penalty).fit(values, labels) for penalty in (1.0, 1000.0))
    assert np.abs(strong.coef_).sum() < np.abs(weak.coef_).sum() / 5


def test_the_same_every_time(values: csr_matrix, labels: np.ndarray) -> None:
    one, other = (RatioScaledSVC(10.0).fit(values, labels) for _ in range(2))
    assert np.array_equal(one.coef_, other.coef_)
    assert one.predict(values).tolist() == other.predict(values).tolist()
