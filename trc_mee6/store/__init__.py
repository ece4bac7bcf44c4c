"""The database: its tables, how it is reached, and one file per question asked of it."""
