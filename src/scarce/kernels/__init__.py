"""The formulas of the losses, compiled: fused passes over rows for the CPU."""
