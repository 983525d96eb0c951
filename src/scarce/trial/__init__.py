"""The trial: treatments of imbalance against the strongest plain model, on identical splits."""
