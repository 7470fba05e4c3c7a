"""Code as public training projects have it: their signatures and annotations, the half-true ones too, no bodies."""
