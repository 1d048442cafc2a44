"""The public side: status page, banner, feeds, and whom newsrooms are."""
