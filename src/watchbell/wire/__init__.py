"""Messages between processes: frozen, versioned, msgspec. Additive for one release; unknown fields are kept."""
