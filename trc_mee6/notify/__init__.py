"""Who is told of runs: a file for each service, and `telling.py` around them all."""
