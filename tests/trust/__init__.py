"""What the library promises to those who rely on it, one file a promise; see ``SECURITY.md``."""
