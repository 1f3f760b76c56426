#!/usr/bin/env bash
# Tries the built wheel with every Python installed here and the lowest and newest dependencies.
#
#   tests/matrix.sh            everything
#   tests/matrix.sh --quick    the newest Python, fewer tests
#
# Each time in a clean environment away from the checkout: installation, promises of tests/trust,
# `-O`, `-I`, other working directory, read-only installation, no network; then a retraining, whose
# golden labels must be the same everywhere and probabilities within 0.001.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
work=${STANCE_MATRIX:-$(mktemp -d)}
tests=(any_text hostile_models concurrency neighbours reproducible retraining_under_fire privacy load)
versions=(3.11 3.12 3.13)
if [[ ${1:-} == --quick ]]; then
    tests=(neighbours concurrency)
    versions=(3.13)
fi
files=()
for name in "${tests[@]}"; do files+=("tests/trust/test_$name.py"); done
export PIP_DISABLE_PIP_VERSION_CHECK=1

find_python() {
    local found
    for found in "$HOME"/.pyenv/versions/"$1".*/bin/python "$(command -v "python$1" || true)"; do
        if [[ -x $found ]]; then
            echo "$found"
            return
        fi
    done
}

constraints() {
    awk -F'\t' -v python="$1" '
        /^#/ { next }
        $1 == "python" { for (i = 2; i <= NF; i++) name[i] = $i; next }
        $1 == python { for (i = 2; i <= NF; i++) print name[i] "==" $i }
    ' "$here/tests/matrix.tsv"
}

build() {
    local version python=
    for version in "${versions[@]}"; do python=$(find_python "$version" | grep . || echo "$python"); done
    "$python" -m venv "$work/build"
    "$work/build/bin/pip" install -q -q build
    "$work/build/bin/python" -m build -q --outdir "$work/dist" "$here"
}

# The tests and what they read, but not the package: only the installed one is to be found.
lay_out() {
    rm -rf "$work/run"
    mkdir -p "$work/run"
    cp -r "$here/tests" "$here/pyproject.toml" "$work/run/"
    for name in SECURITY.md DEPENDENCIES.md CHANGELOG.md requirements-dev.txt; do
        if [[ -e $here/$name ]]; then cp "$here/$name" "$work/run/"; fi
    done
    sed -i '/^pythonpath/d; s/--doctest-modules //' "$work/run/pyproject.toml"
}

try() {
    local version=$1 which=$2 name="$1-$2" python env
    python=$(find_python "$version")
    if [[ -z $python ]]; then
        echo "SKIPPED  $name: Python $version is not installed"
        return
    fi
    env=$work/env-$name
    "$python" -m venv "$env"
    if [[ $which == lowest ]]; then
        constraints "$version" >"$work/$name.txt"
    else
        : >"$work/$name.txt"
    fi
    "$env/bin/pip" install -q -q --only-binary :all: -c "$work/$name.txt" "$work"/dist/*.whl \
        pytest hypothesis
    "$env/bin/pip" check
    "$env/bin/pip" list --format freeze | grep -E '^(numpy|scipy|scikit-learn|nltk|joblib|click|tqdm)=' |
        tr '\n' ' '
    echo
    "$env/bin/python" -I -m stance retrain --annotations "$here/tests/trust/data/corpus" \
        --out "$work/models/$name" >/dev/null 2>&1
    (
        cd "$work/run"
        env PYTHONPATH="$work/run" "$env/bin/python" -c "
import pathlib, stance, sys
assert pathlib.Path(stance.__file__).is_relative_to(sys.prefix), stance.__file__"
        env PYTHONPATH="$work/run" "$env/bin/python" -m pytest -q -p no:cacheprovider \
            "${files[@]}" >"$work/$name.log" 2>&1 ||
            { tail -40 "$work/$name.log"; return 1; }
        tail -1 "$work/$name.log"
    )
}

compare() {
    "$work/build/bin/python" - "$work/models" <<'PYTHON'
import json, sys
from pathlib import Path

models = {
    folder.name: [json.loads(line) for line in (folder / "golden.jsonl").read_text("utf-8").split("\n")[:-1]]
    for folder in sorted(Path(sys.argv[1]).iterdir())
    if folder.is_dir()
}
first, *others = models
apart = 0.0
for name in others:
    for one, other in zip(models[first], models[name], strict=True):
        assert (one["text"], one["label"]) == (other["text"], other["label"]), (first, name, one)
        apart = max(apart, *(abs(a - b) for a, b in zip(one["probabilities"], other["probabilities"])))
print(f"retrained with {len(models)} sets of versions: same labels, probabilities within {apart:.1e}")
assert apart < 1e-3
PYTHON
}

build
lay_out
mkdir -p "$work/models"
failed=0
for version in "${versions[@]}"; do
    for which in lowest newest; do
        echo "== Python $version, $which versions"
        # Not behind `||`, where the shell would go on after a failure inside.
        set +e
        (set -e; try "$version" "$which")
        status=$?
        set -e
        if ((status)); then
            echo "FAILED   $version-$which"
            failed=$((failed + 1))
        fi
    done
done
compare || failed=$((failed + 1))
echo "$failed failed; logs in $work"
exit $((failed > 0))
