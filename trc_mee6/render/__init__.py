"""How results look: documents for programs, tables and lines for people."""
