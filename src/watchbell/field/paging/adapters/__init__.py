"""What paging asks of the outside: the speech engines, as processes of their own."""
