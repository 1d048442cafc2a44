"""Every shared part in a real browser, beside a small server of its own."""
