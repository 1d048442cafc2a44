"""Every decoder meets random bytes: none may raise, none may hang."""
