"""Coverage-guided fuzzing with atheris; without it, the targets on their seeds and finds."""
