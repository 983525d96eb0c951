"""Reading, checking, encoding and splitting tables; nothing here fits anything but a list of categories.

`reading.read` and `reading.from_dataframe` give a `table.Table`; `dataset.Dataset.prepare` names its target
and takes out what is not a feature; `checks.run_checks` says what is odd; `encoding.Encoder` makes the
matrix; `splitting.splits` makes the folds.
"""
