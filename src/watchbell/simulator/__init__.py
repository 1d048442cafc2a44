"""The played outside world: a whole district's equipment and services over their real protocols, on loopback only."""
