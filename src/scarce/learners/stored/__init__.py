"""What is left of a learner once it is trained: arrays that predict without the engine that made them."""
