"""The outside world: what MEE6 sends, and how it is asked."""
