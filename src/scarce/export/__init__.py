"""A model in other people's formats: ONNX, LightGBM, XGBoost, MLflow; each is asked before it is written."""
