"""The trial: treatments of imbalance against a regularised control, on identical splits."""
