"""Reading, checking, encoding and splitting tables; nothing here fits anything but a list of categories.

`files` reads bytes into columns of text, and `cells` decides what they hold: `files.reading.read` gives a
`table.Table`. `dataset.Dataset.prepare` names its target and takes out what is not a feature. `checks` say
what is odd, `encoding.Encoder` makes the matrix, and `folds` deals the rows.
"""
