"""What `make bench` measures: this program against a short script that does the same."""
