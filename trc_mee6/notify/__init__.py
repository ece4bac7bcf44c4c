"""Who is told of trouble, and that it is over: one file per service, the same functions in each."""
