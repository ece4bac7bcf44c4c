"""The command line: one file per command. Parse, call one job, render, choose the exit code."""
