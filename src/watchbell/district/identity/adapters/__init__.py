"""What speaks to identity providers: loaded by the first sign-in that needs it, and by no other process."""
