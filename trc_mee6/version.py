"""The version, alone, so that naming it loads nothing."""

__version__ = "0.1.0"
