"""Annotating, checking, exchanging and improving labelled sentences."""
