"""E-mail: mailings go out through a relay, signed; bounces, complaints and answers come back."""
