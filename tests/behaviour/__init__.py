"""What the packaged model must do on statements written to test one ability at a time."""
