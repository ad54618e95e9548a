"""The standing jobs beside the gate, tried as the gate runs them."""
