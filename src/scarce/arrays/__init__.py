"""The closed forms of the losses on another library's arrays: what the faces for JAX and Keras share."""
