"""A whole model as an ONNX graph, from the columns of a table to posteriors."""
